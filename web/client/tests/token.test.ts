/** The token leaves the address bar and stays with the browser. */

import { expect, test, vi } from 'vitest'

import { credentials, type Place, takeToken } from '../src/token'

function aStorage(kept: Record<string, string> = {}) {
  return {
    kept,
    getItem: (key: string): string | null => kept[key] ?? null,
    setItem: (key: string, value: string): void => void (kept[key] = value),
  }
}

function aPlace(hash: string, session = aStorage(), local = aStorage()) {
  const replaceState = vi.fn()
  const place: Place = {
    location: { hash, pathname: '/pipelines/1', search: '?q=a' },
    history: { replaceState },
    sessionStorage: session,
    localStorage: local,
  }
  return { place, replaceState, session, local }
}

test('a token in the fragment is kept for this tab and the next, and leaves the address', () => {
  const { place, replaceState, session, local } = aPlace('#token=abc')

  expect(takeToken(place)).toBe('abc')
  expect(replaceState).toHaveBeenCalledWith(null, '', '/pipelines/1?q=a')
  expect(session.kept).toEqual({ 'stepwire.token': 'abc' })
  expect(local.kept).toEqual({ 'stepwire.token': 'abc' })
})

test('without one in the address the kept one is used', () => {
  expect(takeToken(aPlace('', aStorage(), aStorage({ 'stepwire.token': 'kept' })).place)).toBe('kept')
})

test('nothing is sent when none is known', () => {
  expect(takeToken(aPlace('').place)).toBeNull()
  expect(credentials(null)).toEqual({ 'stepwire-channel': 'page' })
})

test('a browser that forbids storage still works for this page', () => {
  const { place } = aPlace('#token=abc')
  const forbidden = {
    ...place,
    get sessionStorage(): Storage {
      throw new DOMException('denied')
    },
    get localStorage(): Storage {
      throw new DOMException('denied')
    },
  }

  expect(takeToken(forbidden)).toBe('abc')
  expect(takeToken({ ...aPlace('').place, sessionStorage: aStorage(), localStorage: aStorage() })).toBeNull()
})
