/**
 * GraphQL's own messages quote what was submitted, passwords and secrets too. This is the message
 * without it: names of fields, arguments, variables and types stay, values go.
 */
export function withoutValues(message: string): string {
  for (const [pattern, replacement] of rules) {
    if (pattern.test(message)) return message.replace(pattern, replacement);
  }
  const colon = message.indexOf(": ", message.startsWith("Syntax Error: ") ? 14 : 0);
  return colon === -1 ? message : `${message.slice(0, colon)}.`;
}

/** The first that fits is applied; values may hold anything, so each takes all that follows. */
const rules: readonly (readonly [RegExp, string])[] = [
  // What is wrong with an input object, said at the very end and with names alone.
  [
    /^Variable "(\$\w+)" got invalid value .*; (Field "\w+" is not defined by type "\w+"\.)$/s,
    'Variable "$1" got an invalid value; $2',
  ],
  [
    /^Variable "(\$\w+)" .*; (Field "\w+" of required type "[\w![\]]+" was not provided\.)$/s,
    'Variable "$1" got an invalid value; $2',
  ],
  [
    /^Variable "(\$\w+)" got invalid value .*; (Expected type "\w+" to be an object\.)$/s,
    'Variable "$1" got an invalid value; $2',
  ],
  [/^Variable "(\$\w+)" got invalid value .*$/s, 'Variable "$1" got an invalid value.'],
  [/^Expected value of type "([\w![\]]+)", found .*$/s, 'Expected a value of type "$1".'],
  [/^(\w+|Enum "\w+") cannot represent .*$/s, "$1 cannot represent the value."],
  [/^Value .* does not exist in "(\w+)" enum.*$/s, 'The value does not exist in "$1" enum.'],
  [/^(Syntax Error: Expected (?:"[^"]*"|[^"]+), found \w+) ".*$/s, "$1."],
  [/^(Syntax Error: Unexpected \w+) ".*$/s, "$1."],
];
