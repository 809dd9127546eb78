/** An address that leads nowhere: which one, and where to go instead. */

import { plain } from '../text'

export function NowherePage({ path }: { path: string }) {
  return (
    <section class="empty" data-testid="nowhere">
      <h1>Nothing is at this address</h1>
      <p>
        <code dir="auto">{plain(path)}</code> does not lead anywhere: it may be cut off, or from another stepwire.
      </p>
      <p>
        <a href="/">All pipelines</a> · <a href="/failures">Failures</a> · <a href="/audit">Audit</a>
      </p>
    </section>
  )
}
