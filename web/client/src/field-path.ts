/** Names of fields, as refusals have them. */

/** Where a refusal belongs: `steps.2.model`, however the server cuts it; `input` is not part of it. */
export function fieldPath(field: readonly string[]): string {
  return field
    .flatMap((part) => part.split('.'))
    .filter((part) => part !== 'input')
    .map(camel)
    .join('.')
}

function camel(part: string): string {
  return part.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}
