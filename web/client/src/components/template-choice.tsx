/** Which template: its words, and the steps that it consists of. */

import { type Models as Chosen, chosenModels } from '../draft'
import type { TemplateCardFragment } from '../generated/graphql'
import { plain } from '../text'
import { Field } from './field'
import { ModelField } from './model-field'

type Template = TemplateCardFragment

export interface TemplateChoiceProps {
  /** null: the server has not told, or cannot tell, which there are. */
  templates: readonly Template[] | null
  chosen: string
  onChoose: (name: string) => void
  problem: string | null
}

export function TemplateChoice({ templates, chosen, onChoose, problem }: TemplateChoiceProps) {
  if (templates === null) return <Field label="Template" value={chosen} onInput={onChoose} problem={problem} />
  if (templates.length === 0) return <p class="nothing">There are no templates yet: compose the steps freely.</p>
  // Said once, above the list: such as that nobody trusts the folder.
  const shared = (templates[1] ? templates[0]!.problems : []).filter((one) =>
    templates.every((template) => template.problems.includes(one)),
  )
  return (
    <div class="templates" role="radiogroup" aria-label="Template" aria-invalid={problem !== null}>
      {shared.map((one) => (
        <p key={one} class="problem">
          {plain(one)}
        </p>
      ))}
      {templates.map((template) => (
        <label key={template.name} class="template">
          <input
            type="radio"
            name="template"
            value={template.name}
            checked={chosen === template.name}
            onChange={() => onChoose(template.name)}
          />
          <span class="template-words">
            <strong>{plain(template.name)}</strong> <span class="meta">{plain(template.description)}</span>
            <StepPreview template={template} />
            {template.problems
              .filter((one) => !shared.includes(one))
              .map((one) => (
                <span key={one} class="problem">
                  {plain(one)}
                </span>
              ))}
          </span>
        </label>
      ))}
      {problem && (
        <p class="problem" role="alert">
          {plain(problem)}
        </p>
      )}
    </div>
  )
}

interface ModelsProps {
  template: Template | undefined
  models: Chosen
  onChange: (models: Chosen) => void
  problem: (field: string) => string | null
}

/** Other models for this start alone. */
export function Models({ template, models, onChange, problem }: ModelsProps) {
  const sent = chosenModels(models).map(({ position }) => position)
  const refused = (position: number) => {
    const place = `models.${sent.indexOf(position)}`
    return problem(`${place}.model`) ?? problem(`${place}.position`)
  }
  if (!template) return null
  return (
    <details class="fold" open={sent.some((position) => refused(position)) || undefined}>
      <summary>Other models for this start</summary>
      <div class="two">
        {template.steps.map(
          (step, place) =>
            step.kind === 'AGENT' && (
              <ModelField
                key={place}
                label={`Model of step ${place + 1}, ${plain(step.agent ?? '')}`}
                hint={`empty: ${plain(step.model ?? "the agent's own")}`}
                value={models[place] ?? ''}
                onInput={(model) => onChange({ ...models, [place]: model })}
                problem={refused(place)}
              />
            ),
        )}
      </div>
    </details>
  )
}

export function StepPreview({ template }: { template: Template }) {
  return (
    <span class="preview">
      {template.steps.map((step, place) => (
        <span key={place}>
          {place > 0 && <span aria-hidden="true">{' → '}</span>}
          {plain(step.agent ?? 'approval')}
        </span>
      ))}
    </span>
  )
}
