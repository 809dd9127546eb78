/** Says new failures and asks to those who hear the page, and to those who look elsewhere while it is hidden. */

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

import { asksPerson, type FeedItem } from '../pipeline'
import { useSession } from '../session'
import { plain } from '../text'
import { notify } from '../bell'

export function LiveRegion() {
  const { feed, router } = useSession()
  const said = useSignal('')
  useEffect(
    () =>
      feed.listen((item) => {
        const news = newsOf(item)
        if (!news) return
        said.value = `${news.title}: ${news.text}`
        notify(news, () => router.go(`/pipelines/${encodeURIComponent(news.pipelineId)}`))
      }),
    [feed, router, said],
  )
  return (
    <div class="hidden" role="status" aria-live="polite" data-testid="announcer">
      {said}
    </div>
  )
}

export interface News {
  title: string
  text: string
  pipelineId: string
}

export function newsOf(item: FeedItem): News | null {
  if (item.__typename === 'StepFailed') {
    const { pipeline, errorMessage } = item
    return { title: plain(pipeline.title), text: plain(errorMessage), pipelineId: pipeline.id }
  }
  if (item.__typename !== 'AttentionRaised') return null
  const ask = item.pipeline.attention.find((one) => one.message === item.attention.message)
  if (!ask || !asksPerson(ask)) return null
  return { title: plain(item.pipeline.title), text: plain(ask.message), pipelineId: item.pipeline.id }
}
