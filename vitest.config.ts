import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['__tests__/**/*.test.ts'],
    // Only against hanging for ever: nothing here is judged by the clock.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxConcurrency: 3,
    // Two cores are what people have: more workers only make each other slow.
    maxWorkers: 2,
    isolate: false,
  },
});
