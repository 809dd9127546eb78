/** Work that is asked for more often than it is worth doing. */

/** Works once more after the present time, however often it is called meanwhile. */
export function oneAtATime(work: () => Promise<void>): () => void {
  let working = false
  let again = false
  const run = async (): Promise<void> => {
    if (working) {
      again = true
      return
    }
    working = true
    do {
      again = false
      await work()
    } while (again)
    working = false
  }
  return () => void run()
}

/** Works a while after it was asked to, once for however often that was meanwhile. */
export function atMostEvery(milliseconds: number, work: () => Promise<void>) {
  let timer: ReturnType<typeof setTimeout> | null = null
  const run = oneAtATime(work)
  return {
    soon: () => {
      timer ??= setTimeout(() => {
        timer = null
        run()
      }, milliseconds)
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer)
    },
  }
}
