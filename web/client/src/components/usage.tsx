/** Tokens and money, in a few words. */

import type { UsagesFragment } from '../generated/graphql'

const number = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

export interface UsageProps {
  usage: UsagesFragment
  /** What separates it from the words before it. */
  before?: string
}

export function UsageWords({ usage, before = '' }: UsageProps) {
  const { inputTokens, outputTokens, cost } = usage
  if (inputTokens === 0 && outputTokens === 0) return null
  return (
    <span title={`${inputTokens} tokens in, ${outputTokens} tokens out, $${cost}`}>
      {before}
      {number.format(inputTokens + outputTokens)} tokens{cost > 0 && <> · ${cost.toFixed(cost < 0.1 ? 4 : 2)}</>}
    </span>
  )
}
