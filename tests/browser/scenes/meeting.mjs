// The first scene: two people meet in one room, and each sees and hears the other.

/** `first` is in the room and publishes, then `second` comes. Leaves both inside. */
export async function meet({ server, room, open }, firstSdk, secondSdk) {
  const first = await open(firstSdk, 'alice');
  const second = await open(secondSdk, 'bob');
  await first.join(server, room);
  await first.publish();
  await second.join(server, room);
  await second.publish();
  await Promise.all([first.seesAndHears(second), second.seesAndHears(first)]);
  return [first, second];
}
