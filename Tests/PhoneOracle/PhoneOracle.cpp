#include "PhoneOracle.h"

#include <cstdio>
#include <phonenumbers/phonenumberutil.h>
#include <set>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

bool oracle_read(const char *text, const char *region, char number[64], char extension[64]) {
    PhoneNumberUtil &library = *PhoneNumberUtil::GetInstance();
    PhoneNumber parsed;
    if (library.Parse(text, region, &parsed) != PhoneNumberUtil::NO_PARSING_ERROR) return false;
    std::string e164;
    library.Format(parsed, PhoneNumberUtil::E164, &e164);
    std::snprintf(number, 64, "%s", e164.c_str());
    std::snprintf(extension, 64, "%s", parsed.extension().c_str());
    return library.IsPossibleNumber(parsed);
}

void oracle_regions(char regions[2048]) {
    std::set<std::string> known;
    PhoneNumberUtil::GetInstance()->GetSupportedRegions(&known);
    std::string text;
    for (const std::string &region : known) text += region + ' ';
    std::snprintf(regions, 2048, "%s", text.c_str());
}

bool oracle_example(const char *region, bool is_mobile, int format, char text[64]) {
    PhoneNumberUtil &library = *PhoneNumberUtil::GetInstance();
    PhoneNumber example;
    auto type = is_mobile ? PhoneNumberUtil::MOBILE : PhoneNumberUtil::FIXED_LINE;
    if (!library.GetExampleNumberForType(region, type, &example)) return false;
    std::string formatted;
    library.Format(example, static_cast<PhoneNumberUtil::PhoneNumberFormat>(format), &formatted);
    std::snprintf(text, 64, "%s", formatted.c_str());
    return true;
}
