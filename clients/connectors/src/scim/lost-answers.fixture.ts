import { setTimeout as sleep } from "node:timers/promises";
import type { Response } from "express";

/** How an answer gets lost once the server has done what was asked. */
export const manners = ["cut", "half", "silent", "500", "503", "page", "nothing", "429"] as const;
export type Manner = (typeof manners)[number] | "409";

/** Lets the server do its work, and then says something else, or nothing. */
export function lose(response: Response, manner: Manner): void {
  const end = response.end.bind(response);
  const setHeader = response.setHeader.bind(response);
  const answer = (status: number, type: string, body: string): void => {
    response.statusCode = status;
    response.removeHeader("content-length");
    response.removeHeader("etag");
    setHeader("content-type", type);
    end(body, "utf8");
  };
  response.end = ((...parts: unknown[]): Response => {
    const body = String(parts[0]);
    if (manner === "cut") response.socket?.destroy();
    else if (manner === "silent") void sleep(700).then(() => response.socket?.destroy());
    else if (manner === "half") {
      response.write(body.slice(0, body.length / 2));
      setImmediate(() => { response.socket?.destroy(); });
    } else if (manner === "page") answer(200, "text/html", "<html>Sign in</html>");
    else if (manner === "nothing") answer(200, "application/json", "{}");
    else answer(Number(manner), "application/json", "{}");
    return response;
  }) as Response["end"];
}
