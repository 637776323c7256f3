// A C door to libphonenumber and ICU: Swift can't call the first, which is C++, nor the second, whose C functions are
// macros. Every function is pure and may be called from any thread. Texts are UTF-8, with their length in bytes.
#ifndef CIDENTIFIERS_H
#define CIDENTIFIERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Phone numbers (libphonenumber)

/// Whether libphonenumber knows the numbers of a region, such as "GB".
bool ci_is_region(const char *region);

/// The main region that has a country code, "ZZ" if none has.
void ci_region_of(int country_code, char region[4]);

/// A number that is possible: as long as numbers of its country are. Digits, and 0 behind them.
typedef struct {
    char number[32]; ///< E.164 without its +
    char national[32]; ///< `number` without the country code
} ci_phone;

/// Reads a number. `region` is that of numbers without a +; "ZZ" is none. False where it is no possible number.
bool ci_read_phone(const uint8_t *text, size_t length, const char *region, ci_phone *phone);

/// Whether a number, E.164 without its +, belongs to a range that its country has given out.
bool ci_is_assigned(const uint8_t *number, size_t length);

/// The library's version as far as it tells, "8.12", and a fingerprint of its countries' codes, prefixes and lengths.
void ci_phone_version(char version[64]);

// MARK: Text (ICU)

typedef enum {
    ci_other,
    ci_ignored, ///< Cf, and what else is not seen (Default_Ignorable_Code_Point), such as variation selectors
    ci_blank, ///< White_Space, and the Braille pattern without dots, which looks like one
    ci_dash, ///< Pd, and what is typed for one: the minus sign, Japan's long vowel mark
    ci_meaningless, ///< a control character, or one that is not assigned, or for private use
    ci_ascii_double, ///< NFC makes an ASCII character of it: the Kelvin sign
} ci_kind;

ci_kind ci_kind_of(uint32_t scalar);

/// The value of a decimal digit of any script, -1 for other characters.
int32_t ci_digit(uint32_t scalar);

/// Writes a text in lower case and NFC (as RFC 8265, 3.3.1 does). The length of what it is, 0 where there is not as
/// much room.
size_t ci_lower(const uint8_t *text, size_t length, uint8_t *result, size_t room);

/// Writes a domain as UTS 46 has it in Unicode (non-transitional, STD3 rules, without joiners), and tells how long it is
/// in ASCII. The length of what it is, 0 where it is no domain or there is not as much room.
size_t ci_domain(const uint8_t *text, size_t length, uint8_t *result, size_t room, size_t *ascii_length);

/// ICU's version, such as "72.1".
void ci_unicode_version(char version[20]);

#ifdef __cplusplus
}
#endif
#endif
