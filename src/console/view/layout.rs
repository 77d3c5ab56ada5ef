//! Which line of the screen is for what. Depends on the size alone, so that nothing moves because of
//! what is shown.

use ratatui::layout::Rect;

/// Screens of fewer rows show no headings.
const HEADINGS_FROM: u16 = 12;
/// Screens of fewer rows show no detail of the row under the cursor.
const DETAIL_FROM: u16 = 20;

/// The parts of the screen from top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Where the person is.
    pub context: Rect,
    /// What is shown, and what else there is.
    pub title: Rect,
    /// The headings of the columns; no height on small screens.
    pub headings: Rect,
    /// The rows.
    pub list: Rect,
    /// The row under the cursor in full; no height on small screens.
    pub detail: Rect,
    /// Keys, or what was just said.
    pub hints: Rect,
}

impl Layout {
    /// The layout of a screen.
    #[must_use]
    pub fn of((width, height): (u16, u16)) -> Self {
        let mut y = 0;
        let mut take = |rows: u16| {
            let rows = rows.min(height.saturating_sub(y));
            let area = Rect::new(0, y, width, rows);
            y += rows;
            area
        };
        let headings = u16::from(height >= HEADINGS_FROM);
        let detail = if height >= DETAIL_FROM { 3 } else { 0 };
        let context = take(1);
        let hints = u16::from(height > 2);
        let title = take(u16::from(height > 3));
        let taken = context.height + title.height + headings + detail + hints;
        Self {
            context,
            title,
            headings: take(headings),
            list: take(height.saturating_sub(taken)),
            detail: take(detail),
            hints: take(hints),
        }
    }

    /// Everything between the context line and the hints.
    #[must_use]
    pub fn body(&self) -> Rect {
        let top = self.context.bottom();
        Rect::new(0, top, self.context.width, self.hints.y.saturating_sub(top))
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;

    #[test]
    fn rows_are_given_out_once() {
        for (height, list) in [(24, 17), (50, 43), (10, 7), (3, 1), (2, 1), (1, 0)] {
            let layout = Layout::of((80, height));
            assert_eq!(layout.list.height, list, "{height}");
            assert!(layout.hints.bottom() <= height);
        }
    }
}
