//! Points in time and their calendar (proleptic Gregorian).

/// A point in time, seen from a zone.
pub(super) struct Moment {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(super) seconds: i128,
    pub(super) nanos: u32,
    /// Seconds east of UTC.
    pub(super) offset: i32,
    /// Name of the zone; empty when only its offset is known.
    pub(super) zone: String,
}

/// A point in time as a calendar and a clock on the wall show it.
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    /// Sunday is 0.
    pub(super) weekday: usize,
    /// From 1.
    pub(super) year_day: u32,
}

const DAY: i128 = 86_400;

impl Moment {
    pub(super) fn unix(seconds: i64, nanos: i64) -> Self {
        let seconds = i128::from(seconds) + i128::from(nanos.div_euclid(1_000_000_000));
        let nanos = nanos.rem_euclid(1_000_000_000) as u32;
        Self { seconds, nanos, offset: 0, zone: "UTC".to_owned() }
    }

    pub(super) fn utc(self) -> Self {
        Self { offset: 0, zone: "UTC".to_owned(), ..self }
    }

    pub(super) fn civil(&self) -> Civil {
        let local = self.seconds + i128::from(self.offset);
        let (days, clock) = (local.div_euclid(DAY), local.rem_euclid(DAY) as u32);
        let (year, month, day) = date(days);
        Civil {
            year,
            month,
            day,
            hour: clock / 3600,
            minute: clock / 60 % 60,
            second: clock % 60,
            weekday: (days + 4).rem_euclid(7) as usize,
            year_day: days_before(year, month) + day,
        }
    }
}

/// The date of a day counted from 1970-01-01: years begin in March, so that leap days come last.
fn date(days: i128) -> (i64, u32, u32) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * month + 2) / 5 + 1) as u32;
    let month = if month < 10 { month + 3 } else { month - 9 } as u32;
    (year as i64 + era as i64 * 400 + i64::from(month <= 2), month, day)
}

/// The day of a date, counted from 1970-01-01.
pub(super) fn days_of(year: i64, month: u32, day: u32) -> i128 {
    let shifted = i128::from(year) - i128::from(month <= 2);
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let month = i128::from((month + 9) % 12);
    let of_year = (153 * month + 2) / 5 + i128::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) fn days_in(year: i64, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of a year that are over when a month begins.
pub(super) fn days_before(year: i64, month: u32) -> u32 {
    (1..month).map(|m| days_in(year, m)).sum()
}
