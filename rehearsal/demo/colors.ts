import * as yoctocolors from 'yoctocolors';

type Color = 'bold' | 'dim' | 'green' | 'yellow' | 'red';

/** Functions that paint a text, or leave it as it is. */
export type Colors = Readonly<Record<Color, (text: string) => string>>;

const plain: Colors = {
  bold: (text) => text,
  dim: (text) => text,
  green: (text) => text,
  yellow: (text) => text,
  red: (text) => text,
};

/** Colours, when they are wanted and the terminal has them; whether it has, yoctocolors asks the terminal itself. */
export function createColors(wanted: boolean): Colors {
  return wanted ? yoctocolors : plain;
}
