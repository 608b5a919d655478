import type { PluginModule } from '../plugin.ts'

const START = '<!-- plugins -->'
const END = '<!-- /plugins -->'

/** Puts the table of plugins between the marks in the README. `page` gives a plugin's own README. Pure. */
export function withPluginTable(
  readme: string,
  modules: readonly PluginModule[],
  page: (name: string) => string,
): string {
  const rows = [...modules]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      ({ name, runtimes }) => `| [${name}](src/plugins/${name}/README.md) | ${summary(page(name))} | ${at(runtimes)} |`,
    )
  const table = ['| plugin | | edge |', '|---|---|---|', ...rows].join('\n')
  const [before, rest] = readme.split(START)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error(`README.md lacks ${START} or ${END}`)
  return `${before}${START}\n${table}\n${END}${after}`
}

/** The sentence under the title: `*cache* keeps answers.` */
function summary(page: string): string {
  const paragraph = page.split('\n\n')[1]?.replaceAll('\n', ' ') ?? ''
  const [sentence] = paragraph.split(/(?<=\.)\s/)
  return sentence.replace(/^\*\w+\* /, '').replaceAll('|', '\\|')
}

function at(runtimes: PluginModule['runtimes']): string {
  if (runtimes?.workers === 'error') return 'no'
  return runtimes?.workers === 'ignored' ? 'no effect' : 'yes'
}
