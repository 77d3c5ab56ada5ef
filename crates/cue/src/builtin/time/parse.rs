//! Text as a point in time.

use super::civil::{self, Moment};
use super::layout::{self, Chunk, DAYS, MONTHS, Zone};

type Read<T> = Result<T, String>;

/// What was read so far; what a layout does not mention stays as it is here.
#[derive(Default)]
struct Parts {
    year: i64,
    month: Option<u32>,
    day: Option<u32>,
    year_day: Option<u32>,
    hour: u32,
    minute: u32,
    second: u32,
    nanos: u32,
    pm: bool,
    am: bool,
    utc: bool,
    offset: Option<i32>,
    zone: Option<String>,
}

/// Reads a point in time written in a layout; UTC where nothing is said of a zone.
pub(super) fn parse(layout: &str, value: &str) -> Read<Moment> {
    let mut parts = Parts::default();
    let (mut layout, mut value) = (layout, value);
    loop {
        let (literal, chunk, rest) = layout::next(layout);
        value = skip(value, literal)?;
        layout = rest;
        match chunk {
            Some(chunk) => value = parts.take(chunk, value, layout)?,
            None if value.is_empty() => return parts.finish(),
            None => return Err(format!("extra text: {value:?}")),
        }
    }
}

/// The value after literal text; runs of spaces match runs of spaces.
fn skip<'a>(value: &'a str, literal: &str) -> Read<&'a str> {
    let (mut value, mut literal) = (value, literal);
    while let Some(c) = literal.chars().next() {
        if c == ' ' {
            if !value.is_empty() && !value.starts_with(' ') {
                return Err(cannot(value));
            }
            literal = literal.trim_start_matches(' ');
            value = value.trim_start_matches(' ');
            continue;
        }
        value = value.strip_prefix(c).ok_or_else(|| cannot(value))?;
        literal = &literal[c.len_utf8()..];
    }
    Ok(value)
}

fn cannot(value: &str) -> String {
    format!("cannot parse {value:?}")
}

/// Between `least` and `most` digits.
fn number(value: &str, least: usize, most: usize) -> Read<(u32, &str)> {
    let digits = value.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if digits < least.max(1) {
        return Err(cannot(value));
    }
    let (digits, rest) = value.split_at(digits);
    digits.parse().map(|n| (n, rest)).map_err(|_| cannot(value))
}

fn in_range(n: u32, allowed: std::ops::RangeInclusive<u32>, what: &str) -> Read<u32> {
    if allowed.contains(&n) { Ok(n) } else { Err(format!("{what} out of range")) }
}

/// The name the value begins with, in any case: its index and the rest.
fn name<'a>(value: &'a str, names: &[&str], length: Option<usize>) -> Read<(usize, &'a str)> {
    for (i, name) in names.iter().enumerate() {
        let name = &name[..length.unwrap_or(name.len())];
        if value.get(..name.len()).is_some_and(|v| v.eq_ignore_ascii_case(name)) {
            return Ok((i, &value[name.len()..]));
        }
    }
    Err(cannot(value))
}

fn has_fraction(value: &str) -> bool {
    let mut chars = value.chars();
    matches!(chars.next(), Some('.' | ',')) && chars.next().is_some_and(|c| c.is_ascii_digit())
}

/// A point or comma and digits; nanoseconds are kept.
fn fraction(value: &str) -> (u32, &str) {
    let digits = value[1..].bytes().take_while(u8::is_ascii_digit).count();
    let nanos = format!("{:0<9}", &value[1..=digits.min(9)]);
    (nanos.parse().unwrap_or(0), &value[1 + digits..])
}

impl Parts {
    fn take<'a>(&mut self, chunk: Chunk, value: &'a str, layout: &str) -> Read<&'a str> {
        match chunk {
            Chunk::Year => {
                let (n, rest) = number(value, 2, 2)?;
                self.year = i64::from(n) + if n >= 69 { 1900 } else { 2000 };
                Ok(rest)
            }
            Chunk::LongYear => {
                let (n, rest) = number(value, 4, 4)?;
                self.year = i64::from(n);
                Ok(rest)
            }
            Chunk::Month | Chunk::LongMonth => {
                let (i, rest) = name(value, &MONTHS, (chunk == Chunk::Month).then_some(3))?;
                self.month = Some(i as u32 + 1);
                Ok(rest)
            }
            Chunk::NumMonth | Chunk::ZeroMonth => {
                let (n, rest) = number(value, 1 + usize::from(chunk == Chunk::ZeroMonth), 2)?;
                self.month = Some(in_range(n, 1..=12, "month")?);
                Ok(rest)
            }
            Chunk::WeekDay => name(value, &DAYS, Some(3)).map(|(_, rest)| rest),
            Chunk::LongWeekDay => name(value, &DAYS, None).map(|(_, rest)| rest),
            Chunk::Day | Chunk::UnderDay | Chunk::ZeroDay => {
                let under = chunk == Chunk::UnderDay;
                let value = value.strip_prefix(' ').filter(|_| under).unwrap_or(value);
                let (n, rest) = number(value, 1 + usize::from(chunk == Chunk::ZeroDay), 2)?;
                self.day = Some(n);
                Ok(rest)
            }
            Chunk::UnderYearDay | Chunk::ZeroYearDay => {
                let under = chunk == Chunk::UnderYearDay;
                let spaces = value.bytes().take(2).take_while(|b| under && *b == b' ').count();
                let (n, rest) = number(&value[spaces..], if under { 1 } else { 3 }, 3)?;
                self.year_day = Some(n);
                Ok(rest)
            }
            _ => self.take_clock(chunk, value, layout),
        }
    }

    fn take_clock<'a>(&mut self, chunk: Chunk, value: &'a str, layout: &str) -> Read<&'a str> {
        match chunk {
            Chunk::Hour => {
                let (n, rest) = number(value, 1, 2)?;
                self.hour = in_range(n, 0..=23, "hour")?;
                Ok(rest)
            }
            Chunk::Hour12 | Chunk::ZeroHour12 => {
                let (n, rest) = number(value, 1 + usize::from(chunk == Chunk::ZeroHour12), 2)?;
                self.hour = in_range(n, 0..=12, "hour")?;
                Ok(rest)
            }
            Chunk::Minute | Chunk::ZeroMinute => {
                let (n, rest) = number(value, 1 + usize::from(chunk == Chunk::ZeroMinute), 2)?;
                self.minute = in_range(n, 0..=59, "minute")?;
                Ok(rest)
            }
            Chunk::Second | Chunk::ZeroSecond => {
                let (n, rest) = number(value, 1 + usize::from(chunk == Chunk::ZeroSecond), 2)?;
                self.second = in_range(n, 0..=59, "second")?;
                let announced = matches!(layout::next(layout).1, Some(Chunk::Fraction { .. }));
                if !has_fraction(rest) || announced {
                    return Ok(rest);
                }
                let (nanos, rest) = fraction(rest);
                self.nanos = nanos;
                Ok(rest)
            }
            Chunk::UpperPm | Chunk::LowerPm => {
                let (pm, am) = if chunk == Chunk::UpperPm { ("PM", "AM") } else { ("pm", "am") };
                self.pm |= value.starts_with(pm);
                self.am |= value.starts_with(am);
                let rest = value.strip_prefix(pm).or_else(|| value.strip_prefix(am));
                rest.ok_or_else(|| cannot(value))
            }
            Chunk::Zone(zone) => self.take_offset(zone, value),
            Chunk::ZoneName => self.take_zone(value),
            Chunk::Fraction { trim: true, .. } if !has_fraction(value) => Ok(value),
            Chunk::Fraction { trim: true, .. } => {
                let (nanos, rest) = fraction(value);
                self.nanos = nanos;
                Ok(rest)
            }
            Chunk::Fraction { digits, .. } => {
                let exact = value.get(..=digits).filter(|v| {
                    v.starts_with(['.', ',']) && v[1..].bytes().all(|b| b.is_ascii_digit())
                });
                self.nanos = fraction(exact.ok_or_else(|| cannot(value))?).0;
                Ok(&value[digits + 1..])
            }
            _ => Ok(value),
        }
    }

    fn take_offset<'a>(&mut self, zone: Zone, value: &'a str) -> Read<&'a str> {
        if let Some(rest) = value.strip_prefix('Z').filter(|_| zone.z) {
            self.utc = true;
            return Ok(rest);
        }
        let negative = value.starts_with('-');
        let rest = value.strip_prefix(['+', '-']).ok_or_else(|| cannot(value))?;
        let (hours, mut rest) = number(rest, 2, 2)?;
        let mut offset = in_range(hours, 0..=24, "time zone offset hour")? * 3600;
        for (wanted, unit, what) in [(zone.minutes, 60, "minute"), (zone.seconds, 1, "second")] {
            if !wanted {
                continue;
            }
            if zone.colon {
                rest = rest.strip_prefix(':').ok_or_else(|| cannot(value))?;
            }
            let (n, after) = number(rest, 2, 2)?;
            offset += in_range(n, 0..=60, &format!("time zone offset {what}"))? * unit;
            rest = after;
        }
        self.offset = Some(if negative { -(offset as i32) } else { offset as i32 });
        Ok(rest)
    }

    fn take_zone<'a>(&mut self, value: &'a str) -> Read<&'a str> {
        if let Some(rest) = value.strip_prefix("UTC") {
            self.utc = true;
            return Ok(rest);
        }
        let length = zone_name(value).ok_or_else(|| cannot(value))?;
        self.zone = Some(value[..length].to_owned());
        Ok(&value[length..])
    }

    fn finish(mut self) -> Read<Moment> {
        if self.pm && self.hour < 12 {
            self.hour += 12;
        } else if self.am && self.hour == 12 {
            self.hour = 0;
        }
        if let Some(n) = self.year_day {
            self.place(n)?;
        }
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        in_range(day, 1..=civil::days_in(self.year, month), "day")?;
        let clock = self.hour * 3600 + self.minute * 60 + self.second;
        let wall = civil::days_of(self.year, month, day) * 86_400 + i128::from(clock);
        let (offset, zone) = match (self.utc, self.offset, self.zone) {
            (false, Some(offset), zone) if offset != 0 => (offset, zone.unwrap_or_default()),
            (false, None, Some(zone)) => {
                // A name says nothing of an offset, except `GMT+3`: it shifts the clock, not the moment.
                let hours = zone.strip_prefix("GMT").and_then(|h| h.parse::<i32>().ok());
                let offset = hours.unwrap_or(0) * 3600;
                return Ok(Moment { seconds: wall, nanos: self.nanos, offset, zone });
            }
            _ => (0, "UTC".to_owned()),
        };
        Ok(Moment { seconds: wall - i128::from(offset), nanos: self.nanos, offset, zone })
    }

    /// Month and day of a day of the year, which must agree with what else was said.
    fn place(&mut self, year_day: u32) -> Read<()> {
        let out = || "day-of-year out of range".to_owned();
        let length = 365 + u32::from(civil::is_leap(self.year));
        if !(1..=length).contains(&year_day) {
            return Err(out());
        }
        let begun = |m: &u32| civil::days_before(self.year, *m) < year_day;
        let month = (1..=12).rev().find(begun).ok_or_else(out)?;
        let day = year_day - civil::days_before(self.year, month);
        if self.month.is_some_and(|m| m != month) || self.day.is_some_and(|d| d != day) {
            return Err("day-of-year does not match month or day".to_owned());
        }
        (self.month, self.day) = (Some(month), Some(day));
        Ok(())
    }
}

/// Length of what looks like the name of a zone.
fn zone_name(value: &str) -> Option<usize> {
    if value.starts_with("ChST") || value.starts_with("MeST") {
        return Some(4);
    }
    if let Some(rest) = value.strip_prefix("GMT") {
        return Some(3 + signed_offset(rest));
    }
    if value.starts_with(['+', '-']) {
        return Some(signed_offset(value)).filter(|n| *n > 0);
    }
    let upper = value.bytes().take(6).take_while(u8::is_ascii_uppercase).count();
    match upper {
        3 => Some(3),
        4 => (value.as_bytes()[3] == b'T' || value.starts_with("WITA")).then_some(4),
        5 => (value.as_bytes()[4] == b'T').then_some(5),
        _ => None,
    }
}

/// Length of a sign and up to 23 hours; 0 when there is no such thing.
fn signed_offset(value: &str) -> usize {
    if !value.starts_with(['+', '-']) {
        return 0;
    }
    let digits = value[1..].bytes().take_while(u8::is_ascii_digit).count();
    let hours = value[1..1 + digits].parse::<u32>();
    if hours.is_ok_and(|h| h <= 23) { 1 + digits } else { 0 }
}
