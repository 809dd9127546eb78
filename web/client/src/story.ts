/** One pipeline in full, kept up with the log: read once, then followed. */

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

import { keepUp } from './followed'
import {
  PipelineStoryDocument,
  type PipelineStoryFragment,
  StoryDocument,
  type StorySubscription,
} from './generated/graphql'
import { useSession } from './session'

export type Story = PipelineStoryFragment
export type StoryStep = Story['steps'][number]
export type StoryFailure = NonNullable<StoryStep['failure']>

export interface StoryState {
  /** null: not read yet. */
  story: Story | null
  /** There is no pipeline of that id. */
  missing: boolean
  trouble: string | null
}

export function useStory(id: string): StoryState {
  const { ask, line } = useSession()
  const state = useSignal<StoryState>({ story: null, missing: false, trouble: null })
  useEffect(() => {
    const set = (change: Partial<StoryState>): void => {
      state.value = { ...state.value, ...change }
    }
    return keepUp(line, {
      read: async () => {
        const { pipeline } = await ask(PipelineStoryDocument, { id })
        set({ story: pipeline, missing: pipeline === null })
        return pipeline?.cursor ?? null
      },
      document: StoryDocument,
      variables: { id },
      onItem: (item: StorySubscription['events']) => {
        if ('pipeline' in item) set({ story: item.pipeline, missing: false })
      },
      onTrouble: (trouble) => set({ trouble }),
    })
  }, [ask, line, id, state])
  return state.value
}
