/** Products nobody wrote by hand: believable, and the same ones at every start. */
import { seededRandom } from '../../engines/random.ts'
import type { Product } from './products.ts'

export const productCount = 10_000

interface Category {
  name: string
  things: readonly string[]
  materials: readonly string[]
  uses: readonly string[]
  /** Cents, from cheap to dear. */
  price: readonly [number, number]
}

const categories: readonly Category[] = [
  {
    name: 'outdoor',
    things: ['Tent', 'Sleeping Bag', 'Backpack', 'Headlamp', 'Camping Stove', 'Water Bottle', 'Hiking Poles'],
    materials: [
      'ripstop nylon',
      'anodised aluminium',
      'recycled polyester',
      'stainless steel',
      'merino wool',
    ],
    uses: ['weekend hikes', 'alpine routes', 'long treks', 'rainy campsites', 'winter bivouacs'],
    price: [1500, 45_000],
  },
  {
    name: 'kitchen',
    things: [
      'Chef Knife',
      'Frying Pan',
      'Stock Pot',
      'Coffee Grinder',
      'Cutting Board',
      'Kettle',
      'Mixing Bowl',
    ],
    materials: ['carbon steel', 'cast iron', 'brushed steel', 'olive wood', 'borosilicate glass', 'copper'],
    uses: ['daily cooking', 'slow braises', 'quick breakfasts', 'baking days', 'large families'],
    price: [900, 28_000],
  },
  {
    name: 'office',
    things: [
      'Desk Lamp',
      'Office Chair',
      'Notebook',
      'Monitor Stand',
      'Keyboard',
      'Fountain Pen',
      'Filing Box',
    ],
    materials: ['powder-coated steel', 'oak veneer', 'recycled paper', 'bamboo', 'full-grain leather'],
    uses: ['long writing sessions', 'small desks', 'shared offices', 'drawing', 'video calls'],
    price: [400, 60_000],
  },
  {
    name: 'sport',
    things: [
      'Running Shoes',
      'Yoga Mat',
      'Kettlebell',
      'Cycling Jersey',
      'Swim Goggles',
      'Tennis Racket',
      'Rope',
    ],
    materials: ['natural rubber', 'breathable mesh', 'cast iron', 'silicone', 'graphite', 'organic cotton'],
    uses: ['interval training', 'marathon days', 'home workouts', 'club matches', 'open water'],
    price: [800, 25_000],
  },
  {
    name: 'garden',
    things: ['Pruning Shears', 'Watering Can', 'Planter', 'Wheelbarrow', 'Garden Hose', 'Seed Tray', 'Rake'],
    materials: ['galvanised steel', 'terracotta', 'ash wood', 'UV-resistant plastic', 'forged steel'],
    uses: ['raised beds', 'city balconies', 'heavy soil', 'young seedlings', 'old orchards'],
    price: [500, 18_000],
  },
  {
    name: 'audio',
    things: ['Headphones', 'Bookshelf Speaker', 'Turntable', 'Microphone', 'Soundbar', 'Radio', 'Amplifier'],
    materials: ['walnut', 'matt aluminium', 'woven fabric', 'vegan leather', 'birch plywood'],
    uses: ['quiet evenings', 'home studios', 'vinyl collections', 'podcasts', 'small rooms'],
    price: [2500, 120_000],
  },
]

const adjectives = [
  'Compact', 'Classic', 'Nordic', 'Everyday', 'Folding', 'Lightweight', 'Professional', 'Vintage', 'Slim', 'Rugged',
  'Silent', 'Modular', 'Handmade', 'Essential', 'Ergonomic',
] as const // biome-ignore format: a list of words reads better in lines

const makers = [
  'Aldernord',
  'Kestrel',
  'Fjellby',
  'Morrow',
  'Tamarisk',
  'Oakline',
  'Vireo',
  'Hallam',
] as const
const traits = [
  'easy to clean', 'repairable with spare parts', 'tested for ten years of use', 'packed without plastic',
  'lighter than its predecessor', 'made in small batches', 'quiet in use', 'stored flat',
] as const // biome-ignore format: a list of words reads better in lines

export function generateProducts(count = productCount): Product[] {
  const random = seededRandom(2024)
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!
  return Array.from({ length: count }, (_, index) => {
    const category = pick(categories)
    const thing = pick(category.things)
    const material = pick(category.materials)
    const [cheapest, dearest] = category.price
    // Few things are dear: the square puts most prices near the lower end.
    const price = Math.round((cheapest + (dearest - cheapest) * random() ** 2) / 100) * 100 - 1
    return {
      id: index + 1,
      name: `${pick(makers)} ${pick(adjectives)} ${thing} ${1 + Math.floor(random() * 90)}`,
      description: `${thing} in ${material} for ${pick(category.uses)}; ${pick(traits)} and ${pick(traits)}.`,
      category: category.name,
      price,
      stock: 20 + Math.floor(random() * 480),
    }
  })
}
