import {
  accepted,
  JoineryApiError,
  type Connection,
  type Payload,
  type TypedDocument,
} from "@joinery/sdk";
import {
  keepPreviousData,
  QueryCache,
  QueryClient,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from "@tanstack/react-query";
import { ask } from "./client.js";

const sessionCodes = new Set(["SESSION_INVALID", "UNAUTHENTICATED"]);

/** Whether somebody has to sign in before this is answered. */
export function needsSignIn(error: unknown): boolean {
  return error instanceof JoineryApiError && sessionCodes.has(error.code);
}

/**
 * What was asked, kept for as long as somebody looks at it and a few minutes more. The SDK asks
 * again by itself where that helps, so nothing is repeated here. `onSessionEnd` is told when an
 * answer shows that nobody is signed in any more.
 */
export function newQueryClient(onSessionEnd: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (needsSignIn(error)) onSessionEnd();
  };
  return new QueryClient({
    queryCache: new QueryCache({
      // Who is signed in is asked by the router, which goes to the sign-in itself.
      onError: (error, { queryKey: [name] }) => name === "Viewer" || onError(error),
    }),
    defaultOptions: {
      queries: { retry: false, staleTime: 5_000, gcTime: 300_000 },
      mutations: { retry: false, onError },
    },
  });
}

/** A question to the graph, by its name and variables. */
export function graphQuery<Result, Variables>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
) {
  return queryOptions({
    queryKey: [document.name, variables],
    queryFn: ({ signal }) => ask(document, variables, signal),
  });
}

/** How often to ask again, by what was answered; false for not at all. */
export type Polling<Result> = (result: Result | undefined) => number | false;

export interface Asking<Result> {
  readonly every?: Polling<Result>;
  /** Whether to ask at all. */
  readonly isWanted?: boolean;
}

export function useGraph<Result, Variables>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  { every = () => false, isWanted = true }: Asking<Result> = {},
): UseQueryResult<Result> {
  return useQuery({
    ...graphQuery(document, variables),
    enabled: isWanted,
    refetchInterval: ({ state }) => every(state.data as Result | undefined),
  }) as UseQueryResult<Result>;
}

export interface Pages<Node> {
  readonly nodes: readonly Node[];
  readonly hasMore: boolean;
  readonly more: () => void;
  readonly isLoading: boolean;
  readonly isLoadingMore: boolean;
  readonly error: unknown;
  readonly again: () => void;
}

interface PageOf {
  readonly first?: number;
  readonly after?: string | null | undefined;
}

export interface PagesAsked {
  readonly everyMs?: number | false;
  /** The state of what the list belongs to: in another it is asked for anew at once. */
  readonly as?: string;
}

/** A list by keyset pages, as far as somebody has read on. */
export function usePages<Result, Variables extends PageOf, Node>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  connectionOf: (result: Result) => Connection<Node> | null | undefined,
  { everyMs = false, as = "" }: PagesAsked = {},
): Pages<Node> {
  const query = useInfiniteQuery({
    queryKey: [document.name, "pages", variables, as],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => ask(document, { ...variables, after: pageParam }, signal),
    getNextPageParam: (last) => {
      const info = connectionOf(last)?.pageInfo;
      return info?.hasNextPage ? info.endCursor : null;
    },
    placeholderData: keepPreviousData,
    // Who has read on is not sent back through all pages each time.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : everyMs),
  });
  const { fetchNextPage, refetch } = query;
  return {
    nodes: query.data?.pages.flatMap((page) => connectionOf(page)?.nodes ?? []) ?? [],
    hasMore: query.hasNextPage,
    more: () => void fetchNextPage(),
    isLoading: query.isPending,
    isLoadingMore: query.isFetchingNextPage,
    error: query.error,
    again: () => void refetch(),
  };
}

/**
 * A change. What was refused is thrown as JoineryApiError with its code. Everything that is shown
 * is asked for anew afterwards, for a change may show anywhere.
 */
export function useChange<Result, Variables, P extends Payload>(
  document: TypedDocument<Result, Variables>,
  payloadOf: (result: Result) => P,
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (variables: Variables) => accepted(payloadOf(await ask(document, variables))),
    onSettled: () => queries.invalidateQueries(),
  });
}
