/** An event that looks like ours and cannot be read. It goes to the failure destination with this text. */
export class MalformedSignal extends Error {
  override readonly name = 'MalformedSignal';
  constructor(problem: string) {
    super(
      `Cannot read the event: ${problem}. Nothing was started. If AWS changed the shape, please report it with the event.`,
    );
  }
}
