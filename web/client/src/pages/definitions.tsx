/** Templates and agents, kept in YAML and edited here without loss; and the OpenCode that runs them. */

import { useEffect, useState } from 'preact/hooks'

import { AgentForm, TemplateForm } from '../components/definition-forms'
import { Button, ConfirmedAction, May } from '../components/action'
import { StepPreview } from '../components/template-choice'
import {
  type AgentCardFragment,
  DefinitionsDocument,
  type DefinitionsQuery,
  type EngineSupport,
  type TemplateCardFragment,
} from '../generated/graphql'
import { isKept } from '../kept'
import { oneAtATime } from '../one-at-a-time'
import { sentence } from '../request'
import { useSession } from '../session'
import { plain } from '../text'
import { Loading } from './pipelines'

type Agent = AgentCardFragment
type Template = TemplateCardFragment

export function DefinitionsPage({ adding }: { adding: boolean }) {
  const { found, problem } = useDefinitions()
  if (!found) return problem ? <p class="page-line is-failed">{plain(problem)}</p> : <Loading />
  const names = found.agents.map((agent) => agent.name)
  return (
    <>
      <h1>Definitions</h1>
      <EngineStatus />
      <Templates templates={found.templates} agents={names} begins={adding} />
      <Agents agents={found.agents} />
    </>
  )
}

interface TemplatesProps {
  templates: readonly Template[]
  agents: readonly string[]
  /** Whether a new one is being written at first. */
  begins: boolean
}

function Templates({ templates, agents, begins }: TemplatesProps) {
  const [adding, setAdding] = useState(begins || isKept('template:'))
  const { shown, keep } = useKept(templates)
  return (
    <section class="group" aria-labelledby="templates">
      <h2 id="templates">Templates</h2>
      {templates.length === 0 && <p class="nothing">There are none yet.</p>}
      <ol class="lines">
        {shown.map((template) => (
          <TemplateLine key={template.name} template={template} keep={keep} agents={agents} />
        ))}
      </ol>
      <May right="ADMINISTER">
        <div class="actions below">
          <Button label="New template" expanded={adding} press={() => setAdding(!adding)} />
        </div>
      </May>
      {adding && <TemplateForm template={null} agents={agents} onClose={() => setAdding(false)} />}
    </section>
  )
}

interface TemplateLineProps {
  template: Template
  agents: readonly string[]
  keep: Keep<Template>
}

function TemplateLine({ template, agents, keep }: TemplateLineProps) {
  const { actions, toasts } = useSession()
  const [editing, setEditing] = useEditing(template, keep, `template:${template.name}`)
  return (
    <li class="line" data-row data-testid="template" data-name={template.name} tabIndex={-1}>
      <p class="line-head">
        <strong>{plain(template.name)}</strong> <span class="meta">{plain(template.description)}</span>
      </p>
      <StepPreview template={template} />
      <Problems of={template} />
      <May right="ADMINISTER">
        <div class="actions">
          <Button label="Edit" expanded={editing} press={() => setEditing(!editing)} />
          <ConfirmedAction
            label="Delete"
            busyLabel="Deleting…"
            question={`Delete the template ${plain(template.name)}?`}
            yes="Yes, delete it"
            no="Keep it"
            act={() => actions.deleteTemplate(template.name, template.revision)}
            onDone={() => toasts.say('Deleted')}
          />
        </div>
      </May>
      {editing && <TemplateForm template={template} agents={agents} onClose={() => setEditing(false)} />}
    </li>
  )
}

function Agents({ agents }: { agents: readonly Agent[] }) {
  const [adding, setAdding] = useState(isKept('agent:'))
  const own = agents.filter((agent) => agent.defined)
  const openCodes = agents.filter((agent) => !agent.defined)
  const { shown, keep } = useKept(own)
  return (
    <section class="group" aria-labelledby="agents">
      <h2 id="agents">Agents</h2>
      {own.length === 0 && <p class="nothing">None are defined here; OpenCode's own can be used by their names.</p>}
      <ol class="lines">
        {shown.map((agent) => (
          <AgentLine key={agent.name} agent={agent} keep={keep} />
        ))}
      </ol>
      <May right="ADMINISTER">
        <div class="actions below">
          <Button label="New agent" expanded={adding} press={() => setAdding(!adding)} />
        </div>
      </May>
      {adding && <AgentForm agent={null} onClose={() => setAdding(false)} />}
      {openCodes.length > 0 && (
        <>
          <h3 class="meta">OpenCode's own</h3>
          <p class="own">
            {openCodes.map((agent) => (
              <span key={agent.name} title={plain(agent.description)}>
                {plain(agent.name)}
              </span>
            ))}
          </p>
        </>
      )}
    </section>
  )
}

function AgentLine({ agent, keep }: { agent: Agent; keep: Keep<Agent> }) {
  const { actions, toasts } = useSession()
  const [editing, setEditing] = useEditing(agent, keep, `agent:${agent.name}`)
  return (
    <li class="line" data-row data-testid="agent" data-name={agent.name} tabIndex={-1}>
      <p class="line-head">
        <strong>{plain(agent.name)}</strong> <span class="meta">{plain(agent.description)}</span>
      </p>
      <p class="meta">
        OpenCode's {plain(agent.engineAgent)}
        {agent.model && <> · {plain(agent.model)}</>}
        {agent.available === null && ' · OpenCode was not asked'}
      </p>
      <Problems of={agent} />
      <May right="ADMINISTER">
        <div class="actions">
          <Button label="Edit" expanded={editing} press={() => setEditing(!editing)} />
          <ConfirmedAction
            label="Delete"
            busyLabel="Deleting…"
            question={`Delete the agent ${plain(agent.name)}?`}
            yes="Yes, delete it"
            no="Keep it"
            act={() => actions.deleteAgent(agent.name, agent.revision)}
            onDone={() => toasts.say('Deleted')}
          />
        </div>
      </May>
      {editing && <AgentForm agent={agent} onClose={() => setEditing(false)} />}
    </li>
  )
}

type Keep<Card> = (card: Card, editing: boolean) => void

/** What there is, and whatever is being edited although somebody else has deleted or renamed it. */
function useKept<Card extends { name: string }>(cards: readonly Card[]) {
  const [edited, setEdited] = useState<readonly Card[]>([])
  const others = (one: Card, list: readonly Card[]): Card[] => list.filter(({ name }) => name !== one.name)
  const gone = edited.filter((one) => others(one, cards).length === cards.length)
  const keep: Keep<Card> = (card, editing) => setEdited((list) => [...others(card, list), ...(editing ? [card] : [])])
  return { shown: [...cards, ...gone], keep }
}

function useEditing<Card>(card: Card, keep: Keep<Card>, key: string): [boolean, (editing: boolean) => void] {
  const [editing, setEditing] = useState(isKept(key))
  return [
    editing,
    (now) => {
      setEditing(now)
      keep(card, now)
    },
  ]
}

/** In the server's words: the page judges nothing. */
function Problems({ of: { problems } }: { of: Pick<Template | Agent, 'problems'> }) {
  return (
    <>
      {problems.map((one) => (
        <p key={one} class="problem">
          {plain(one)}
        </p>
      ))}
    </>
  )
}

function EngineStatus() {
  const engine = useSession().engine.value
  // When it cannot be used, or works with less, the line at the top of the page says why.
  if (!engine?.reachable) return null
  return (
    <p class="meta">
      {plain(engine.product ?? 'OpenCode')} {engine.version && plain(engine.version)} at{' '}
      <code>{plain(engine.url)}</code>
      {engine.support && `, ${supportWord(engine.support)}`}
    </p>
  )
}

function supportWord(support: EngineSupport): string {
  switch (support) {
    case 'TESTED':
      return 'tested'
    case 'EXPECTED':
      return 'expected to work'
    case 'REDUCED':
      return 'works with less'
    case 'TOO_OLD':
      return 'too old'
    case 'PREVIEW':
      return 'a preview'
    case 'FOREIGN':
      return 'something else'
  }
}

function useDefinitions() {
  const { ask, feed } = useSession()
  const [found, setFound] = useState<DefinitionsQuery | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    const read = oneAtATime(async () => {
      try {
        setFound(await ask(DefinitionsDocument, { directory: null }))
      } catch (reason) {
        setProblem(sentence(reason))
      }
    })
    read()
    return feed.listen((item) => item.__typename === 'DefinitionChanged' && read())
  }, [ask, feed])
  return { found, problem }
}
