// What libphonenumber itself says, asked without any code of ours: for tests to compare with.
#ifndef PHONE_ORACLE_H
#define PHONE_ORACLE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Reads a whole text: E.164 with its +, and the extension. False where it is no possible number.
bool oracle_read(const char *text, const char *region, char number[64], char extension[64]);

/// The regions that it knows, with blanks between.
void oracle_regions(char regions[2048]);

/// An example of a region's numbers, mobile or not, in a format: 0 E.164, 1 international, 2 national, 3 RFC 3966.
bool oracle_example(const char *region, bool is_mobile, int format, char text[64]);

#ifdef __cplusplus
}
#endif
#endif
