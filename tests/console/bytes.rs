//! What a frame costs on the wire. The budgets are those of the interaction rules.

use mizzen::console::term::input::Input;
use mizzen::console::term::screen::Screen;
use mizzen::console::update::Msg;

use crate::world::{Console, app, applications};

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (200, 60);

struct Wire {
    console: Console,
    screen: Screen,
}

impl Wire {
    fn new(size: (u16, u16)) -> Self {
        let mut console = Console::world(size);
        console.keys(&["2"]);
        let mut wire = Self { console, screen: Screen::new(size.0, size.1) };
        wire.frame();
        wire
    }

    fn frame(&mut self) -> usize {
        let mut out = CountedWrites::default();
        let bytes =
            self.screen.show(self.console.screen(), &mut out).expect("a vector takes bytes");
        assert!(out.writes <= 1, "a frame is one write");
        assert_eq!(bytes, out.bytes);
        bytes
    }

    fn keys(&mut self, keys: &[&str]) -> usize {
        self.console.keys(keys);
        self.frame()
    }
}

#[derive(Default)]
struct CountedWrites {
    writes: usize,
    bytes: usize,
}

impl std::io::Write for CountedWrites {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.writes += 1;
        self.bytes += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn check(what: &str, keys: &[&str], small: usize, large: usize) {
    for (size, budget) in [(SMALL, small), (LARGE, large)] {
        let mut wire = Wire::new(size);
        let bytes = wire.keys(keys);
        assert!(bytes <= budget, "{what} at {size:?}: {bytes} bytes, {budget} allowed");
    }
}

#[test]
fn frames_stay_within_their_budgets() {
    check("a row move", &["j"], 300, 600);
    check("half a page", &["ctrl-d"], 2_000, 6_000);
    check("another list", &["1"], 3_500, 10_000);
    check("a tab", &["enter", "w"], 3_500, 10_000);
}

/// The mark moves, and the row is told in full below: nothing else is written.
#[test]
fn a_step_among_rows_that_are_well_is_a_mark_and_a_name() {
    for size in [SMALL, LARGE] {
        let mut wire = Wire::new(size);
        wire.keys(&["G"]);
        // In the same second, so that no age changes.
        let now = wire.console.model.now;
        wire.console.send(Msg::Input(Input::Key("k".into()), now));
        let bytes = wire.frame();
        assert!(bytes <= 60, "{bytes} bytes at {size:?}");
    }
}

#[test]
fn nothing_changed_is_no_byte() {
    let mut wire = Wire::new(SMALL);
    assert_eq!(wire.frame(), 0);
    let same = applications().iter().map(app).collect();
    wire.console.send(Msg::Apps { changed: same, gone: vec![], complete: true });
    assert_eq!(wire.frame(), 0);
}

#[test]
fn a_change_of_one_row_is_small() {
    let mut wire = Wire::new(SMALL);
    wire.console.send(Msg::Drift(vec![(crate::world::checkout(), None)]));
    wire.frame();
    let mut object = crate::world::waiting();
    object["status"]["status"] = "runningWorkflow".into();
    object["status"]["workflow"]["steps"][1]["phase"] = "running".into();
    wire.console.send(Msg::Apps { changed: vec![app(&object)], gone: vec![], complete: true });
    let bytes = wire.frame();
    assert!(bytes <= 300, "{bytes} bytes");
}
