//! Dates as signatures write them, without a calendar library: they are made for every request.

use std::time::{SystemTime, UNIX_EPOCH};

/// A time as `20130524T000000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp([u8; 16]);

impl Stamp {
    /// Writes a time; one before the year 0 or after 9999 becomes the nearest that fits.
    pub fn new(time: SystemTime) -> Self {
        let Civil { year: [a, b, c, d], month, day, hour, minute, second, .. } = Civil::new(time);
        let ([e, f], [g, h]) = (two(month), two(day));
        let ([i, j], [k, l], [m, n]) = (two(hour), two(minute), two(second));
        Self([a, b, c, d, e, f, g, h, b'T', i, j, k, l, m, n, b'Z'])
    }

    /// Returns the whole of it.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Returns the day, as `20130524`.
    pub fn day(&self) -> &[u8; 8] {
        self.0.first_chunk().unwrap_or(b"00000101")
    }
}

/// Writes a time as `Fri, 24 May 2013 00:00:00 GMT`.
pub fn http_date(time: SystemTime) -> [u8; 29] {
    let Civil { year: [a, b, c, d], month, day, hour, minute, second, weekday } = Civil::new(time);
    let [w, x, y] = pick(b"SunMonTueWedThuFriSat", weekday);
    let [m, o, n] = pick(b"JanFebMarAprMayJunJulAugSepOctNovDec", month.saturating_sub(1));
    let ([e, f], [g, h], [i, j], [k, l]) = (two(day), two(hour), two(minute), two(second));
    [
        w, x, y, b',', b' ', e, f, b' ', m, o, n, b' ', a, b, c, d, b' ', g, h, b':', i, j, b':', k, l, b' ',
        b'G', b'M', b'T',
    ]
}

/// Writes a time as `2013-05-24T00:00:00.000Z`, cut to seconds.
pub fn iso_date(time: SystemTime) -> [u8; 24] {
    let Civil { year: [a, b, c, d], month, day, hour, minute, second, .. } = Civil::new(time);
    let ([e, f], [g, h]) = (two(month), two(day));
    let ([i, j], [k, l], [m, n]) = (two(hour), two(minute), two(second));
    [a, b, c, d, b'-', e, f, b'-', g, h, b'T', i, j, b':', k, l, b':', m, n, b'.', b'0', b'0', b'0', b'Z']
}

/// Returns the whole seconds since 1970, rounded down.
pub fn unix_seconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => {
            let before = before.duration();
            let seconds = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
            -seconds - i64::from(before.subsec_nanos() > 0)
        }
    }
}

struct Civil {
    year: [u8; 4],
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    weekday: u8,
}

impl Civil {
    /// Splits a time in the proleptic Gregorian calendar, by counting days in eras of 400 years that begin in March.
    fn new(time: SystemTime) -> Self {
        const YEAR_0: i64 = -62_167_219_200;
        const YEAR_9999_END: i64 = 253_402_300_799;
        const TO_MARCH_OF_YEAR_0: i64 = 719_468;
        let seconds = unix_seconds(time).clamp(YEAR_0, YEAR_9999_END);
        let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let shifted = days + TO_MARCH_OF_YEAR_0;
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let ([a, b], [c, d]) = (two(small(year / 100)), two(small(year % 100)));
        Self {
            year: [a, b, c, d],
            month: small(month),
            day: small(day_of_year - (153 * march_month + 2) / 5 + 1),
            hour: small(of_day / 3_600),
            minute: small(of_day / 60 % 60),
            second: small(of_day % 60),
            // The first day of 1970 was a Thursday.
            weekday: small((days + 4).rem_euclid(7)),
        }
    }
}

/// Narrows a number that is below 100 by construction.
fn small(value: i64) -> u8 {
    u8::try_from(value).unwrap_or_default()
}

fn two(value: u8) -> [u8; 2] {
    [b'0' + value / 10 % 10, b'0' + value % 10]
}

fn pick(names: &[u8], at: u8) -> [u8; 3] {
    names.as_chunks().0.get(usize::from(at)).copied().unwrap_or(*b"???")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use time::OffsetDateTime;
    use time::macros::format_description;

    use super::*;

    fn at(seconds: i64) -> SystemTime {
        let distance = Duration::from_secs(seconds.unsigned_abs());
        if seconds < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance }
    }

    fn text(bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn known_dates() {
        let time = at(1_369_353_600);
        assert_eq!(Stamp::new(time).bytes(), b"20130524T000000Z");
        assert_eq!(Stamp::new(time).day(), b"20130524");
        assert_eq!(&http_date(time), b"Fri, 24 May 2013 00:00:00 GMT");
        assert_eq!(&iso_date(time), b"2013-05-24T00:00:00.000Z");
        assert_eq!(Stamp::new(at(951_782_400)).bytes(), b"20000229T000000Z");
        assert_eq!(Stamp::new(UNIX_EPOCH - Duration::from_nanos(1)).bytes(), b"19691231T235959Z");
    }

    #[test]
    fn times_out_of_reach_become_the_nearest() {
        assert_eq!(Stamp::new(at(253_402_300_800)).bytes(), b"99991231T235959Z");
        assert_eq!(Stamp::new(at(-62_167_219_201)).bytes(), b"00000101T000000Z");
    }

    proptest! {
        #[test]
        fn dates_equal_those_of_the_calendar_library(seconds in -62_167_219_200i64..=253_402_300_799) {
            let want = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let stamp = format_description!("[year][month][day]T[hour][minute][second]Z");
            let http = format_description!(
                "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
            );
            let iso = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].000Z");
            let time = at(seconds);
            prop_assert_eq!(text(Stamp::new(time).bytes()), want.format(stamp).unwrap());
            prop_assert_eq!(text(&http_date(time)), want.format(http).unwrap());
            prop_assert_eq!(text(&iso_date(time)), want.format(iso).unwrap());
        }
    }
}
