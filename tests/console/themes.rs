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
