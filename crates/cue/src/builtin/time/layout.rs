//! Layouts: a text that shows how the reference time (Mon Jan 2 15:04:05 MST 2006, zone -0700) is written.

/// A part of a layout that stands for a part of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    Month,
    LongMonth,
    NumMonth,
    ZeroMonth,
    WeekDay,
    LongWeekDay,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    ZoneName,
    Zone(Zone),
    /// Digits after a point or comma: all of them, or (`trim`) without trailing zeros.
    Fraction {
        digits: usize,
        trim: bool,
        comma: bool,
    },
}

/// How an offset is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Zone {
    /// UTC is `Z`.
    pub(super) z: bool,
    pub(super) colon: bool,
    pub(super) minutes: bool,
    pub(super) seconds: bool,
}

/// Literal text, then what comes next (None at the end), then the rest of the layout.
pub(super) fn next(layout: &str) -> (&str, Option<Chunk>, &str) {
    for (i, _) in layout.char_indices() {
        if let Some((skip, len, chunk)) = at(&layout[i..]) {
            return (&layout[..i + skip], Some(chunk), &layout[i + skip + len..]);
        }
    }
    (layout, None, "")
}

/// What a layout begins with: bytes that are literal after all, bytes of the chunk, the chunk.
fn at(s: &str) -> Option<(usize, usize, Chunk)> {
    const FIXED: [(&str, Chunk); 24] = [
        ("January", Chunk::LongMonth),
        ("Monday", Chunk::LongWeekDay),
        ("MST", Chunk::ZoneName),
        ("002", Chunk::ZeroYearDay),
        ("01", Chunk::ZeroMonth),
        ("02", Chunk::ZeroDay),
        ("03", Chunk::ZeroHour12),
        ("04", Chunk::ZeroMinute),
        ("05", Chunk::ZeroSecond),
        ("06", Chunk::Year),
        ("15", Chunk::Hour),
        ("1", Chunk::NumMonth),
        ("2006", Chunk::LongYear),
        ("2", Chunk::Day),
        ("__2", Chunk::UnderYearDay),
        ("3", Chunk::Hour12),
        ("4", Chunk::Minute),
        ("5", Chunk::Second),
        ("PM", Chunk::UpperPm),
        ("pm", Chunk::LowerPm),
        ("Jan", Chunk::Month),
        ("Mon", Chunk::WeekDay),
        ("_2006", Chunk::LongYear),
        ("_2", Chunk::UnderDay),
    ];
    for (text, chunk) in FIXED {
        if let Some(rest) = s.strip_prefix(text) {
            let name = matches!(chunk, Chunk::Month | Chunk::WeekDay);
            if name && rest.starts_with(|c: char| c.is_ascii_lowercase()) {
                continue;
            }
            let skip = usize::from(text == "_2006");
            return Some((skip, text.len() - skip, chunk));
        }
    }
    zone(s).or_else(|| fraction(s))
}

fn zone(s: &str) -> Option<(usize, usize, Chunk)> {
    const FORMS: [(&str, bool, bool, bool); 5] = [
        ("070000", false, true, true),
        ("07:00:00", true, true, true),
        ("0700", false, true, false),
        ("07:00", true, true, false),
        ("07", false, false, false),
    ];
    let z = s.starts_with('Z');
    let rest = s.strip_prefix(['-', 'Z'])?;
    FORMS.iter().find(|f| rest.starts_with(f.0)).map(|(text, colon, minutes, seconds)| {
        let zone = Zone { z, colon: *colon, minutes: *minutes, seconds: *seconds };
        (0, text.len() + 1, Chunk::Zone(zone))
    })
}

fn fraction(s: &str) -> Option<(usize, usize, Chunk)> {
    let comma = s.starts_with(',');
    let rest = s.strip_prefix(['.', ','])?;
    let digit = rest.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let digits = rest.len() - rest.trim_start_matches(digit).len();
    let ends = !rest[digits..].starts_with(|c: char| c.is_ascii_digit());
    ends.then_some((0, digits + 1, Chunk::Fraction { digits, trim: digit == '9', comma }))
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
