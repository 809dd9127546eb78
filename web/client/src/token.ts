/**
 * The token of this browser: taken from the address that the server printed, kept for later visits.
 * It never stays in the address bar, where it would end up in pictures and histories.
 */

const KEY = 'stepwire.token'

export interface Place {
  location: Pick<Location, 'hash' | 'pathname' | 'search'>
  history: Pick<History, 'replaceState'>
  sessionStorage: Pick<Storage, 'getItem' | 'setItem'>
  localStorage: Pick<Storage, 'getItem' | 'setItem'>
}

/** Moves the token out of the address, if one is there, and returns the one to use; null: none is known. */
export function takeToken(place: Place): string | null {
  const token = new URLSearchParams(place.location.hash.slice(1)).get('token')
  if (!token) return read(() => place.sessionStorage) ?? read(() => place.localStorage)
  place.history.replaceState(null, '', place.location.pathname + place.location.search)
  keepToken(place, token)
  return token
}

/** Keeps the token for this tab, and for the next one. */
export function keepToken(place: Place, token: string): void {
  write(() => place.sessionStorage, token)
  write(() => place.localStorage, token)
}

/** What HTTP sends as headers and a websocket in its connection_init: who asks, and that it is from the page. */
export function credentials(token: string | null): Record<string, string> {
  return { 'stepwire-channel': 'page', ...(token ? { authorization: `Bearer ${token}` } : {}) }
}

// Storage can be forbidden by the browser's settings, and then its mere mention throws.
function read(storage: () => Pick<Storage, 'getItem'>): string | null {
  try {
    return storage().getItem(KEY)
  } catch {
    return null
  }
}

function write(storage: () => Pick<Storage, 'setItem'>, token: string): void {
  try {
    storage().setItem(KEY, token)
  } catch {
    // The token then lasts as long as the page.
  }
}
