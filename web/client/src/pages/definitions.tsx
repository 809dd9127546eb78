/** Templates and agents. */

export function DefinitionsPage() {
  return <h1>Definitions</h1>
}
