//! Both ways of evaluation come to the same: made-up programs, evaluated directly and under the scheduler.

use super::*;
use crate::syntax::format_file;
use crate::view::View;

/// Programs that are made up in one run of the tests; `MIZZEN_PROGRAMS=FROM-TO` asks for others.
const PROGRAMS: std::ops::Range<u64> = 0..8_000;

fn seeds() -> std::ops::Range<u64> {
    let asked = std::env::var("MIZZEN_PROGRAMS").ok();
    let asked = asked.as_deref().and_then(|text| text.split_once('-'));
    match asked.map(|(from, to)| (from.parse(), to.parse())) {
        Some((Ok(from), Ok(to))) => from..to,
        _ => PROGRAMS,
    }
}

/// A source of numbers that is the same in every run.
struct Dice(u64);

impl Dice {
    /// A number below `n`.
    fn roll(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len() as u64) as usize]
    }

    fn name(&mut self) -> &'static str {
        self.pick(&["a", "b", "c"])
    }

    /// A scalar, a kind, a bound or a default.
    fn leaf(&mut self) -> String {
        let leaf = self.pick(&[
            "1",
            "2",
            "\"x\"",
            "\"y\"",
            "true",
            "null",
            "int",
            "string",
            "bool",
            "_",
            ">1",
            "<=2",
            "*1 | int",
            "*\"x\" | string",
            "\"x\" | \"y\"",
            "1 | 2",
            "*true | bool",
            "[]",
            "{}",
            ">=1 & <=2",
            "int & >0 & <9",
            "*[] | [...int]",
            "*null | {a: int}",
            "*2 | 1 | string",
            "a.b.c",
            "[b.c][0]",
        ]);
        leaf.to_owned()
    }

    fn expr(&mut self, depth: u32) -> String {
        if depth == 0 {
            return if self.roll(3) == 0 { self.name().to_owned() } else { self.leaf() };
        }
        let (d, n) = (depth - 1, self.name());
        match self.roll(18) {
            0..=2 => self.leaf(),
            3 => n.to_owned(),
            4 => format!("{n}.{}", self.name()),
            5 => format!("#{}", self.pick(&["A", "B"])),
            6 => format!("#{} & {{{}}}", self.pick(&["A", "B"]), self.fields(d, 2)),
            7 => format!("{} & {}", self.expr(d), self.expr(d)),
            8 => format!("*{} | {}", self.expr(0), self.expr(0)),
            9 => format!("[{}, {}]", self.expr(d), self.expr(d)),
            10 => {
                format!("[for k, v in {n} {{{}}}]", self.pick(&["k", "v", "w: v", "\"\\(k)\": v"]))
            }
            11 => format!("\"\\({n})-{}\"", self.name()),
            12 => format!("{} + {}", self.expr(0), self.expr(0)),
            13 => format!("len({n})"),
            14 => format!("{{#x, #x: {}, #x: {}}}", self.leaf(), self.leaf()),
            15 => format!("list.Sort([{}], {{x: _, y: _, less: x < y}})", "3, 1, 2"),
            _ => format!("{{{}}}", self.fields(d, 3)),
        }
    }

    fn fields(&mut self, depth: u32, most: u64) -> String {
        let count = 1 + self.roll(most);
        let decls: Vec<String> = (0..count).map(|_| self.decl(depth)).collect();
        decls.join(", ")
    }

    fn decl(&mut self, depth: u32) -> String {
        let (n, x) = (self.name(), self.expr(depth));
        match self.roll(14) {
            // Not more than a leaf: a cycle by way of an optional field is found by the scheduler alone.
            0 => format!("{n}?: {}", self.leaf()),
            1 => format!("{n}!: {x}"),
            2 => format!("if {} != _|_ {{{n}: {x}}}", self.name()),
            3 => format!("if {} == {} {{{n}: {x}}}", self.name(), self.leaf_constant()),
            4 => format!("for k, v in {} {{\"\\(k)\": v}}", self.name()),
            5 => format!("[string]: {}", self.leaf()),
            6 => format!("_{n}: {x}"),
            7 => "...".to_owned(),
            8 => format!("\"\\({})\": {x}", self.name()),
            _ => format!("{n}: {x}"),
        }
    }

    fn leaf_constant(&mut self) -> &'static str {
        self.pick(&["1", "\"x\"", "true"])
    }

    fn program(&mut self) -> String {
        let mut lines = vec![
            "import \"list\"".to_owned(),
            "_sorted: list.Sort([2, 1], list.Ascending)".to_owned(),
        ];
        let definitions: Vec<_> = ["#A", "#B"]
            .map(|name| {
                let depth = u32::from(self.roll(4) == 0);
                format!("{name}: {{{}}}", self.fields(depth, 2))
            })
            .into();
        lines.extend(definitions);
        for name in ["a", "b", "c"] {
            let depth = if self.roll(3) == 0 { 2 } else { 1 };
            lines.push(format!("{name}: {}", self.expr(depth)));
        }
        if self.roll(4) == 0 {
            lines.push(self.decl(1));
        }
        lines.join("\n")
    }
}

/// What can be seen of a value.
fn seen(value: Result<Value, Error>) -> [String; 3] {
    let value = match value {
        Ok(value) => value,
        Err(error) => return [error.to_string(), String::new(), String::new()],
    };
    let text = |view: View| match value.view(view) {
        Ok(file) => format_file(&file),
        Err(error) => error.to_string(),
    };
    let json = value.to_json();
    assert_eq!(json.as_ref().ok(), value.to_data().ok().map(|data| data.to_json()).as_ref());
    let data = json.unwrap_or_else(|error| error.to_string());
    let all = View::default().definitions(true).hidden(true);
    [data, text(View::default().defaults(true)), text(all)]
}

#[test]
fn both_ways_come_to_the_same() {
    let (mut direct, mut wrong) = (0, Vec::new());
    let seeds = seeds();
    for seed in seeds.clone() {
        let text = Dice(seed).program();
        let Ok(template) = Context::default().compile(&[Source::new("made.cue", text.as_str())])
        else {
            continue;
        };
        let limits = Limits { steps: 20_000, nodes: 5_000, ..Limits::default() };
        let scheduled = template.eval().limits(limits.clone()).scheduled();
        if matches!(scheduled, Err(Error::Budget { .. })) {
            continue;
        }
        let run = template.eval().limits(limits).run();
        direct += u64::from(template.detours.load(Ordering::Relaxed) == 0);
        let (ours, theirs) = (seen(run), seen(scheduled));
        if ours != theirs {
            wrong.push(format!(
                "{seed}:\n{text}\n--- directly\n{ours:#?}\n--- scheduled\n{theirs:#?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {seeds:?}:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(3)].join("\n\n")
    );
    assert!(direct > (seeds.end - seeds.start) / 80, "only {direct} went the direct way");
}
