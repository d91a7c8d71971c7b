/**
 * Starts measuring the work of this thread. Unlike time on a clock, it does not run while the machine is busy with others
 * or asleep, so that a limit on it refuses the same content everywhere.
 * @returns what tells the milliseconds of work since then
 */
export function measureWork(): () => number {
  const start = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(start);
    return (user + system) / 1_000;
  };
}
