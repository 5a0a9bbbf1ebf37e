/** The workflow that holds a repository's rules to their tests, for GitHub. */

/** `folder` is where the files are, from the root of the repository. */
export function workflow(folder: string): string {
  const sightline = 'npx --no-install sightline'
  return `# Written by \`npm run init\`, which updates it for as long as it is not changed here.
name: ${workflowName(folder)}
on:
  pull_request:
    paths: ['${folder}/**', '${workflowPath(folder)}', package-lock.json]
permissions:
  contents: read
jobs:
  observability:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 24
          cache: npm
      - run: npm ci
      - name: Are rules and dashboards those of the SLO file, the names and this version
        run: ${sightline} init --check${folder === defaultFolder ? '' : ` --out ${folder}`}
      - name: Check the rules
        run: ${sightline} promql check-rules ${folder}/rules/*.yaml
      - name: Test the rules
        run: ${sightline} promql test ${folder}/rules-tests
      - name: Ask Prometheus every query
        if: vars.PROMETHEUS_URL != ''
        env:
          PROMETHEUS_URL: \${{ vars.PROMETHEUS_URL }}
        run: ${sightline} check --dir ${folder} --prometheus "$PROMETHEUS_URL"
`
}

export const defaultFolder = 'observability'

export function workflowPath(folder: string): string {
  return `.github/workflows/${workflowName(folder)}.yml`
}

function workflowName(folder: string): string {
  return folder.replaceAll('/', '-')
}
