import { type Labels, setLabels } from '../../../labels.ts'
import { QueryError } from '../../../query-error.ts'
import { compileRegex, expandTemplate, type Regex } from '../../../regex/regex.ts'
import { mapSeries, mergeEqual } from '../../../vectors/grid.ts'
import { mergesBy } from '../evaluation.ts'
import { type CallArguments, define, type RandomArgument } from './function.ts'

const target: RandomArgument = ['"job"', '"new"', '"instance"', '"__name__"', '"code"']

export const labelFunctions = {
  label_replace: define(['vector', 'string', 'string', 'string', 'string'], {
    random: [
      'vector',
      target,
      ['"$1"', '"x$2"', '""', '"fixed"', '"${1}y"', '"$first"', '"$0"'],
      ['"job"', '"instance"', '"absent"', '"__name__"'],
      ['"(.*)"', '"(a)(.*)"', '".*"', '"([0-9]+)"', '"nothing"', '"(?P<first>.).*"', '""'],
    ],
    call(args) {
      const [label, template, source, pattern] = textsOf(args) as [string, string, string, string]
      const regex = patternOf(pattern)
      refuseEmpty(label, 'destination', 'label_replace')
      return relabel(args, labels => {
        const match = regex.exec(labels.get(source) ?? '')
        return match === undefined ? labels : setLabels(labels, [[label, expandTemplate(template, match)]])
      })
    },
  }),
  label_join: define(['vector', 'string', 'string', 'string'], {
    optional: 'repeated',
    random: ['vector', target, ['"-"', '""', '"/"'], ['"job"', '"job", "instance"', '"absent", "code"']],
    call(args) {
      const [label, separator, ...sources] = textsOf(args) as [string, string, ...string[]]
      for (const source of sources) refuseEmpty(source, 'source', 'label_join')
      refuseEmpty(label, 'destination', 'label_join')
      return relabel(args, labels => {
        const joined = sources.map(source => labels.get(source) ?? '').join(separator)
        return setLabels(labels, [[label, joined]])
      })
    },
  }),
}

const textsOf = ({ args, text }: CallArguments) => args.slice(1).map((_, index) => text(index + 1))

function relabel({ vector, evaluation }: CallArguments, rename: (labels: Labels) => Labels) {
  return mergeEqual(
    mapSeries(vector(0), rename, same => same),
    mergesBy(evaluation),
  )
}

function patternOf(pattern: string): Regex {
  try {
    return compileRegex(pattern)
  } catch {
    throw new QueryError('execution', `invalid regular expression in label_replace(): ${pattern}`)
  }
}

function refuseEmpty(label: string, role: 'source' | 'destination', caller: string): void {
  if (label === '') throw new QueryError('execution', `invalid ${role} label name in ${caller}(): `)
}
