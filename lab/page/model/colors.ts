/** Grafana's names of colors, and the order in which series take them. */

const named: Readonly<Record<string, string>> = {
  green: '#73bf69',
  'semi-dark-green': '#56a64b',
  'dark-green': '#37872d',
  'light-green': '#96d98d',
  'super-light-green': '#c8f2c2',
  yellow: '#fade2a',
  'semi-dark-yellow': '#f2cc0c',
  'dark-yellow': '#e0b400',
  'light-yellow': '#ffee52',
  'super-light-yellow': '#fff899',
  orange: '#ff9830',
  'semi-dark-orange': '#ff780a',
  'dark-orange': '#fa6400',
  'light-orange': '#ffb357',
  'super-light-orange': '#ffcb7d',
  red: '#f2495c',
  'semi-dark-red': '#e02f44',
  'dark-red': '#c4162a',
  'light-red': '#ff7383',
  'super-light-red': '#ffa6b0',
  blue: '#5794f2',
  'semi-dark-blue': '#3274d9',
  'dark-blue': '#1f60c4',
  'light-blue': '#8ab8ff',
  'super-light-blue': '#c0d8ff',
  purple: '#b877d9',
  'semi-dark-purple': '#a352cc',
  'dark-purple': '#8f3bb8',
  'light-purple': '#ca95e5',
  'super-light-purple': '#deb6f2',
  text: 'currentColor',
  transparent: 'transparent',
}

const palette = [
  'green',
  'semi-dark-yellow',
  'light-blue',
  'semi-dark-orange',
  'red',
  'blue',
  'purple',
  '#705da0',
  '#508642',
  '#cca300',
  '#447ebc',
  '#c15c17',
  '#890f02',
  '#0a437c',
  '#6d1f62',
  '#584477',
  '#b7dbab',
  '#f4d598',
  '#70dbed',
  '#f9ba8f',
  '#f29191',
  '#82b5d8',
  '#e5a8e2',
  '#aea2e0',
] as const

/** A color of a dashboard as CSS knows it; names that are not Grafana's stay. */
export const cssColor = (color: string) => named[color] ?? color

export const seriesColor = (index: number) => cssColor(palette[index % palette.length]!)

/** `#73bf69` with an opacity between 0 and 1; other notations are returned as they are. */
export function withOpacity(color: string, opacity: number): string {
  if (!/^#[0-9a-f]{6}$/i.test(color)) return color
  const [red, green, blue] = [1, 3, 5].map(start => Number.parseInt(color.slice(start, start + 2), 16))
  return `rgba(${red}, ${green}, ${blue}, ${opacity})`
}

/** Black or white, whichever can be read on it. */
export function textOn(color: string): string {
  if (!/^#[0-9a-f]{6}$/i.test(color)) return '#ffffff'
  const [red, green, blue] = [1, 3, 5].map(start => Number.parseInt(color.slice(start, start + 2), 16))
  return 0.299 * red! + 0.587 * green! + 0.114 * blue! > 140 ? '#111217' : '#ffffff'
}

/** Turbo, by the polynomial of its authors: 0 is dark blue, 1 is dark red. */
export function turbo(share: number): string {
  const x = Math.min(1, Math.max(0, share))
  const channel = (...c: readonly number[]) =>
    Math.round(
      255 *
        Math.min(
          1,
          Math.max(
            0,
            c.reduceRight((sum, each) => sum * x + each, 0),
          ),
        ),
    )
  const red = channel(0.1357, 4.5974, -42.3277, 130.5887, -150.5666, 58.1375)
  const green = channel(0.0914, 2.1856, 4.8052, -14.0195, 4.2109, 2.7747)
  const blue = channel(0.1067, 12.5925, -60.1097, 109.0745, -88.5066, 26.8183)
  return `rgb(${red}, ${green}, ${blue})`
}
