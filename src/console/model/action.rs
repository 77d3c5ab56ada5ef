//! What keys can do. One record per action feeds the keymap, the help page and the hints.

/// An action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The cursor moves one row down.
    Down,
    /// One row up.
    Up,
    /// Folds, or goes to the parent.
    Left,
    /// Unfolds, or goes to the first child.
    Right,
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
    /// One page down.
    PageDown,
    /// One page up.
    PageUp,
    /// Half a page down.
    HalfDown,
    /// Half a page up.
    HalfUp,
    /// Opens what the cursor is on.
    Open,
    /// One level back.
    Back,
    /// The next side of the application.
    NextTab,
    /// The inbox.
    Inbox,
    /// All applications.
    Apps,
    /// All clusters.
    Clusters,
    /// How everything is, in numbers.
    Pulse,
    /// The resource tree.
    Tree,
    /// The workflow.
    Workflow,
    /// Two sides compared.
    Diff,
    /// The object.
    Yaml,
    /// The object in a summary.
    Info,
    /// With what only servers write, or without.
    Noise,
    /// The events.
    Events,
    /// The logs.
    Logs,
    /// The revisions.
    Revisions,
    /// Long lines of a log go on in the next row, or do not.
    Wrap,
    /// Another time in front of the lines of a log.
    Times,
    /// The runs of containers before their last restarts.
    Previous,
    /// Further back in a log.
    Window,
    /// Draws a line under a log.
    Ruler,
    /// The containers of a log to choose from.
    Containers,
    /// The lines around what fits a filter.
    Context,
    /// Shows only rows that hold a text.
    Filter,
    /// The two sides of a comparison beside each other, or below.
    SplitDiff,
    /// With what only the cluster set, or without.
    WholeDiff,
    /// To the next difference.
    NextHunk,
    /// To the difference before.
    PreviousHunk,
    /// Writes the difference into a file.
    ExportPatch,
    /// The next two sides that are worth a look.
    NextPair,
    /// What the Application asks for, as one of two sides.
    SideSpec,
    /// What that produces now, as one of two sides.
    SideRendered,
    /// What was applied, as one of two sides.
    SideApplied,
    /// What runs, as one of two sides.
    SideLive,
    /// The order of lists is a difference, or is not.
    ListOrder,
    /// White space is a difference, or is not.
    Blanks,
    /// Hides one object of a comparison, or shows it.
    FoldObject,
    /// To where the person was before.
    HistoryBack,
    /// To where the person was before going back.
    HistoryForward,
    /// To the other one of the last two places.
    HistoryLast,
    /// Keeps the address of this place, or forgets it.
    Bookmark,
    /// The addresses that are kept.
    Bookmarks,
    /// Copies the address of this place.
    CopyAddress,
    /// What is shown stays as it is.
    Freeze,
    /// Marks the row, or takes its mark away.
    Mark,
    /// Marks from the last mark to the cursor.
    MarkRange,
    /// Marks all rows that are shown.
    MarkAll,
    /// Takes all marks away.
    Unmark,
    /// Another order of the rows.
    Sort,
    /// The palette: anything by name.
    Palette,
    /// The help page.
    Help,
    /// Shows only what is in trouble.
    Trouble,
    /// Copies the name of what the cursor is on.
    Copy,
    /// The sheet that approves the gate.
    Approve,
    /// The sheet that holds the run.
    Hold,
    /// The sheet that rolls back.
    RollBack,
    /// The sheet that runs the workflow again.
    ReRun,
    /// The sheet that ends the run.
    Terminate,
    /// The sheet that undoes drift.
    Repair,
    /// The sheet that opens a shell in a container.
    Exec,
    /// Writes the archive of an incident.
    Bundle,
    /// The sheet that lets drift be.
    Allow,
    /// The sheet that delivers what is asked for now once more.
    ReApply,
    /// The sheet of what undoes the last change.
    Undo,
    /// What was changed from here.
    Journal,
    /// Allows or forbids changes in production clusters.
    Arm,
    /// Paints everything anew.
    Redraw,
    /// Puts the console into the background.
    Suspend,
    /// Ends the console.
    Quit,
}

/// Every action with its name in keymaps and one line of help.
pub const RECORDS: &[(Action, &str, &str)] = &[
    (Action::Down, "down", "next row"),
    (Action::Up, "up", "previous row"),
    (Action::Left, "left", "fold, or go to the parent"),
    (Action::Right, "right", "unfold, or go to the first child"),
    (Action::Top, "top", "first row"),
    (Action::Bottom, "bottom", "last row"),
    (Action::PageDown, "page-down", "one page down"),
    (Action::PageUp, "page-up", "one page up"),
    (Action::HalfDown, "half-down", "half a page down"),
    (Action::HalfUp, "half-up", "half a page up"),
    (Action::Open, "open", "open"),
    (Action::Back, "back", "one level back"),
    (Action::NextTab, "next-tab", "next side of the application"),
    (Action::Inbox, "inbox", "what waits and what is broken"),
    (Action::Apps, "apps", "all applications"),
    (Action::Clusters, "clusters", "all clusters"),
    (Action::Pulse, "pulse", "how everything is, in numbers"),
    (Action::Tree, "tree", "resources across clusters"),
    (Action::Workflow, "workflow", "the steps as they happen"),
    (Action::Diff, "diff", "compare what is asked for, applied and live"),
    (Action::Info, "info", "a summary of the object"),
    (Action::Yaml, "yaml", "the object as YAML"),
    (Action::Noise, "noise", "yaml: what only servers write, or not"),
    (Action::Events, "events", "what happened"),
    (Action::Logs, "logs", "what the containers say"),
    (Action::Revisions, "revisions", "what was published"),
    (Action::Wrap, "wrap", "logs: wrap long lines"),
    (Action::Times, "times", "logs: other times"),
    (Action::Previous, "previous", "logs: the run before"),
    (Action::Window, "window", "logs: further back"),
    (Action::Ruler, "ruler", "logs: draw a line"),
    (Action::Containers, "containers", "logs: choose a container"),
    (Action::Context, "context", "logs: lines around what fits the filter"),
    (Action::Filter, "filter", "show only rows that fit a query"),
    (Action::SplitDiff, "split", "the two sides beside each other, or below"),
    (Action::WholeDiff, "whole", "with what only the cluster set, or without"),
    (Action::NextHunk, "next-difference", "to the next difference"),
    (Action::PreviousHunk, "previous-difference", "to the difference before"),
    (Action::ExportPatch, "export-patch", "write the difference into a file that patch takes"),
    (Action::NextPair, "next-pair", "the next two sides to compare"),
    (Action::SideSpec, "side-spec", "compare: what the application asks for"),
    (Action::SideRendered, "side-rendered", "compare: what that produces now"),
    (Action::SideApplied, "side-applied", "compare: what was applied last"),
    (Action::SideLive, "side-live", "compare: what runs"),
    (Action::ListOrder, "list-order", "the order of lists counts, or does not"),
    (Action::Blanks, "blanks", "white space counts, or does not"),
    (Action::FoldObject, "fold-object", "hide one object of a comparison, or show it"),
    (Action::HistoryBack, "history-back", "where you were before"),
    (Action::HistoryForward, "history-forward", "where you were before going back"),
    (Action::HistoryLast, "history-last", "the other one of the last two places"),
    (Action::Bookmark, "bookmark", "keep the address of this place, or forget it"),
    (Action::Bookmarks, "bookmarks", "go to an address that was kept"),
    (Action::CopyAddress, "copy-address", "copy the address of this place"),
    (Action::Freeze, "freeze", "what is shown stays as it is, or goes on"),
    (Action::Mark, "mark", "mark the row: sheets are about all that is marked"),
    (Action::MarkRange, "mark-range", "mark from the last mark to the cursor"),
    (Action::MarkAll, "mark-all", "mark every row that is shown"),
    (Action::Unmark, "unmark", "take all marks away"),
    (Action::Sort, "sort", "put the rows into another order"),
    (Action::Palette, "palette", "anything by a few letters of its name"),
    (Action::Help, "help", "the keys"),
    (Action::Trouble, "trouble", "show only what is in trouble"),
    (Action::Copy, "copy", "copy the name under the cursor"),
    (Action::Approve, "approve", "sheet: approve what waits"),
    (Action::Hold, "hold", "sheet: hold the run"),
    (Action::RollBack, "roll-back", "sheet: roll back"),
    (Action::ReRun, "re-run", "sheet: run again, from the failed step or all"),
    (Action::Terminate, "terminate", "sheet: end the run"),
    (Action::Repair, "repair", "sheet: undo drift"),
    (Action::Bundle, "bundle", "write an archive of the incident"),
    (Action::Exec, "exec", "sheet: open a shell in a container"),
    (Action::Allow, "allow", "sheet: let drift be, by a policy"),
    (Action::ReApply, "re-apply", "sheet: deliver what it asks for now once more"),
    (Action::Undo, "undo", "sheet: undo the last change, where something does"),
    (Action::Journal, "journal", "what was changed from here"),
    (Action::Arm, "arm", "allow or forbid changes in production"),
    (Action::Redraw, "redraw", "paint everything anew"),
    (Action::Suspend, "suspend", "put the console into the background"),
    (Action::Quit, "quit", "end the console"),
];

impl Action {
    /// The action of a name in a keymap.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        RECORDS.iter().find(|(_, known, _)| *known == name).map(|(action, ..)| *action)
    }

    /// Its name in keymaps.
    #[must_use]
    pub fn name(self) -> &'static str {
        RECORDS.iter().find(|(action, ..)| *action == self).map_or("", |(_, name, _)| name)
    }

    /// Its line of help.
    #[must_use]
    pub fn help(self) -> &'static str {
        RECORDS.iter().find(|(action, ..)| *action == self).map_or("", |(_, _, help)| help)
    }
}
