import type { FeedName } from './facts.ts';
import type { WatchState } from './state.ts';

/** The token may not read this feed, and never will during this run. */
export const refused = (state: WatchState, feed: FeedName) => state.feeds[feed].health === 'refused';

/** The feed has not answered of late. */
export const broken = (state: WatchState, feed: FeedName) => state.feeds[feed].brokenSince !== null;

/** Nothing comes from inside the machine. */
export const unprobed = (state: WatchState) => broken(state, 'probe');

/** Nothing comes from the log. */
export const unread = (state: WatchState) => broken(state, 'logs');
