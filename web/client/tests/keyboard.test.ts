/** The keys move in lists, follow where a list says so, and press the button of what is looked at. */

import { beforeEach, expect, test, vi } from 'vitest'

import { installKeys } from '../src/keyboard'
import type { Router } from '../src/router'

const go = vi.fn()
const router = { route: { value: { page: 'pipeline' } }, go } as unknown as Router

function press(key: string): void {
  document.dispatchEvent(new KeyboardEvent('keydown', { key }))
}

function focused(): string | null {
  return document.activeElement?.textContent ?? null
}

beforeEach(() => {
  HTMLElement.prototype.scrollIntoView = () => undefined
  document.body.innerHTML = ''
  return installKeys(document, router, () => undefined)
})

test('in a list they move the focus and open nothing', () => {
  document.body.innerHTML = '<li data-row><a href="/1">one</a></li><li data-row><a href="/2">two</a></li>'

  press('j')
  press('j')
  expect(focused()).toBe('two')
  press('k')
  expect(focused()).toBe('one')
  expect(go).not.toHaveBeenCalled()
})

test('in a rail they begin at what is shown, and show what they come to', () => {
  document.body.innerHTML = `
    <li data-row data-follow><a href="/1">one</a></li>
    <li data-row data-follow><a href="/2" aria-current="step">two</a></li>
    <li data-row data-follow><a href="/3?tab=why">three</a></li>`

  press('j')

  expect(focused()).toBe('three')
  expect(go.mock.calls).toEqual([['/3?tab=why', 'replace']])
})

test('steps that are folded are come to and not opened', () => {
  document.body.innerHTML = `
    <li data-row data-follow><a href="/1" aria-current="step">one</a></li>
    <li data-row><button>29 steps</button></li>`

  press('j')

  expect(focused()).toBe('29 steps')
  expect(go).not.toHaveBeenCalled()
})

test('at the end of a list nothing happens', () => {
  document.body.innerHTML = '<li data-row data-follow><a href="/1" aria-current="step">one</a></li>'

  press('j')
  press('k')

  expect(go).not.toHaveBeenCalled()
})

test.each([
  ['from a step of the rail: the one in the head', '<li data-row data-follow><a href="/1">step</a></li>', 1],
  ['from another pipeline of a list: none', '<li data-row><a href="/1">row</a></li>', 0],
])('a letter presses, %s', (_, row, times) => {
  document.body.innerHTML = `<button data-shortcut="r">Try again</button>${row}`
  const clicked = vi.fn()
  document.querySelector('button')?.addEventListener('click', clicked)
  document.querySelector('a')?.focus()

  press('r')

  expect(clicked).toHaveBeenCalledTimes(times)
})
