/** What the main part of the page shows: a dashboard, the alerts, the faults or Explore. */
export interface View {
  /** Draws anew, as after a change of the theme. */
  redraw(): void
  stop(): void
}
