/** The audit trail. */

export function AuditPage({ pipelineId: _ }: { pipelineId: string | null }) {
  return <h1>Audit</h1>
}
