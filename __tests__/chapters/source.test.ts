import { expect, it } from 'vitest';
import { tellFailedVersions } from '../../src/chapters/source.ts';
import { beginReport } from '../../src/report/report.ts';

it('lists once what a schedule passes over, however often that changes in a run, and says how to try it again', () => {
  const report = beginReport('deploy', 0);
  const other = { text: 'Something else.', url: null, commands: [] };
  report.nextSteps.push(other);
  const [one, two] = ['2026.9.5', '2026.9.6'].map((version) => ({ version, identity: null }));
  if (!one || !two) throw new Error('two versions are needed');
  tellFailedVersions(report, [one]);
  tellFailedVersions(report, [one, two]);
  expect(report.failedVersions).toEqual(['2026.9.5', '2026.9.6']);
  expect(report.nextSteps).toHaveLength(2);
  expect(report.nextSteps[1]?.text).toMatch(/2026\.9\.5, 2026\.9\.6\. .*workflow_dispatch/);
  tellFailedVersions(report, []);
  expect(report.nextSteps).toEqual([other]);
});
