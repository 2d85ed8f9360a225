/** What people were told of registry entries that cannot be used, in the state bucket. */
export const entryMattersKey = 'entries/told.json';
