import type { EventBus } from '../eventbridge/event-bus.ts';
import type { Dispatcher } from './dispatcher.ts';

/** One account in one region, as far as others reach it. A `Cloud` is one. */
export interface Place {
  readonly account: string;
  readonly region: string;
  readonly dispatcher: Dispatcher;
  readonly events: EventBus;
}

/**
 * The accounts and regions of one world. Whose key signs a request reaches that account, in the region of the signature; what is global in an
 * account (IAM, STS) and regions that this world does not have are answered by the account's first region.
 */
export class Accounts {
  readonly #places: Place[] = [];

  /** @throws Error when this world has that account and region already. */
  add(place: Place): void {
    const { account, region } = place;
    if (this.#exactly(account, region)) throw new Error(`there is a cloud of account ${account} in ${region} already`);
    this.#places.push(place);
  }

  /** Where a caller of that account lands with a request that is signed for that region; undefined for accounts that this world does not have. */
  at(account: string, region: string): Place | undefined {
    return this.#exactly(account, region) ?? this.#places.find((place) => place.account === account);
  }

  /** The event bus of that ARN; only default buses exist. */
  bus(arn: string): EventBus | undefined {
    const [, , service, region = '', account = '', name] = arn.split(':');
    return service === 'events' && name === 'event-bus/default' ? this.#exactly(account, region)?.events : undefined;
  }

  #exactly(account: string, region: string): Place | undefined {
    return this.#places.find((place) => place.account === account && place.region === region);
  }
}
