//! Themes: states stay readable and apart, for every eye and in every depth.

use mizzen::console::model::theme::{BUILT_IN, Theme};
use ratatui::style::{Color, Modifier, Style};

const STATES: [&str; 5] = ["waiting", "degraded", "progressing", "held", "unknown"];

/// Backgrounds that a theme is made for.
fn grounds(theme: &str) -> &'static [(u8, u8, u8)] {
    match theme {
        "light" => &[(255, 255, 255), (253, 246, 227)],
        "dark" | "colour-blind" => &[(0, 0, 0), (30, 30, 46), (40, 44, 52)],
        _ => &[],
    }
}

fn rgb(color: Color) -> Option<(u8, u8, u8)> {
    let Color::Indexed(index) = color else { return None };
    let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    match index {
        16..=231 => {
            let cube = index - 16;
            Some((level(cube / 36), level(cube / 6 % 6), level(cube % 6)))
        }
        232.. => Some((8 + 10 * (index - 232), 8 + 10 * (index - 232), 8 + 10 * (index - 232))),
        _ => None,
    }
}

fn luminance((r, g, b): (u8, u8, u8)) -> f64 {
    let linear = |c: u8| {
        let c = f64::from(c) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

fn contrast(a: (u8, u8, u8), b: (u8, u8, u8)) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn states_are_readable_on_their_grounds() {
    for (name, _) in BUILT_IN {
        let theme = Theme::built_in(name).expect("a built-in theme is valid");
        for role in STATES.iter().chain(&["muted", "diff-add", "diff-remove"]) {
            let Some(color) = theme.role(role).fg.and_then(rgb) else { continue };
            for ground in grounds(name) {
                let found = contrast(color, *ground);
                assert!(found >= 4.5, "{name}: {role} has {found:.1}:1 on {ground:?}");
            }
        }
    }
}

/// How eyes see that lack one kind of cone, after Machado 2009, at full severity; the first sees all.
const EYES: [(&str, [[f64; 3]; 3]); 4] = [
    ("normal", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protan",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deutan",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritan",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

fn linear(c: u8) -> f64 {
    let c = f64::from(c) / 255.0;
    if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

/// A colour as an eye sees it, in CIE Lab.
fn lab((r, g, b): (u8, u8, u8), eye: &[[f64; 3]; 3]) -> [f64; 3] {
    let seen = [linear(r), linear(g), linear(b)];
    let times = |matrix: &[[f64; 3]; 3], v: [f64; 3]| {
        matrix.map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum::<f64>())
    };
    let seen = times(eye, seen).map(|c| c.clamp(0.0, 1.0));
    let xyz = times(
        &[[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]],
        seen,
    );
    let white = [0.950_47, 1.0, 1.088_83];
    let f = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let [x, y, z] = [f(xyz[0] / white[0]), f(xyz[1] / white[1]), f(xyz[2] / white[2])];
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// What must be told apart by its colour alone stays apart for every eye. Held and drift differ from
/// what they resemble by their weight, and every state by its glyph and word.
#[test]
fn colours_stay_apart_for_every_eye() {
    let roles = ["waiting", "degraded", "progressing", "unknown"];
    let mut pairs: Vec<(&str, &str)> = vec![("diff-add", "diff-remove")];
    for (at, role) in roles.iter().enumerate() {
        pairs.extend(roles[at + 1..].iter().map(|other| (*role, *other)));
    }
    for (name, least) in [("dark", 30.0), ("light", 20.0), ("colour-blind", 30.0)] {
        let theme = Theme::built_in(name).expect("a built-in theme is valid");
        let color = |role: &str| theme.role(role).fg.and_then(rgb).expect("it has a colour");
        for (one, two) in &pairs {
            for (eye, matrix) in &EYES {
                let found = distance(lab(color(one), matrix), lab(color(two), matrix));
                assert!(found >= least, "{name}: {one} and {two} are {found:.0} apart for {eye}");
            }
        }
    }
}

#[test]
fn states_do_not_coincide() {
    for (name, _) in BUILT_IN.iter().filter(|(name, _)| *name != "none") {
        let theme = Theme::built_in(name).expect("a built-in theme is valid");
        let styles: Vec<Style> = STATES.iter().map(|role| theme.role(role)).collect();
        for (index, style) in styles.iter().enumerate() {
            assert!(!styles[index + 1..].contains(style), "{name}: {} has a twin", STATES[index]);
        }
    }
}

#[test]
fn no_colour_is_no_colour() {
    let theme = Theme::built_in("none").expect("a built-in theme is valid");
    for role in mizzen::console::model::theme::ROLES {
        let style = theme.role(role);
        assert!(style.fg.is_none() && style.bg.is_none(), "{role}");
        assert!(!style.add_modifier.contains(Modifier::SLOW_BLINK));
    }
}
