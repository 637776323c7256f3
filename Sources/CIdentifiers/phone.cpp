#include "CIdentifiers.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <phonenumbers/phonenumberutil.h>
#include <set>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace {

PhoneNumberUtil &library() { return *PhoneNumberUtil::GetInstance(); }

std::string string_of(const uint8_t *text, size_t length) {
    return std::string(reinterpret_cast<const char *>(text), length);
}

std::set<std::string> regions_known() {
    std::set<std::string> regions;
    library().GetSupportedRegions(&regions);
    return regions;
}

bool copy(const std::string &text, char *to, size_t room) {
    if (text.size() >= room) return false;
    std::memcpy(to, text.c_str(), text.size() + 1);
    return true;
}

/// FNV-1a, 64 bits.
struct Fingerprint {
    uint64_t value = 0xcbf29ce484222325;

    void add(const std::string &text) {
        for (unsigned char byte : text + '\n') value = (value ^ byte) * 0x100000001b3;
    }
};

/// "8.12" of libphonenumber.so.8.12: the library has no call that tells its version.
std::string file_version() {
    Dl_info info;
    PhoneNumberUtil *(*function)() = &PhoneNumberUtil::GetInstance;
    if (!dladdr(reinterpret_cast<void *>(function), &info)) return "unknown";
    char *path = realpath(info.dli_fname, nullptr);
    std::string name = path ? path : "";
    std::free(path);
    auto position = name.rfind(".so.");
    return position == std::string::npos ? "unknown" : name.substr(position + 4);
}

} // namespace

bool ci_is_region(const char *region) { return regions_known().count(region) == 1; }

void ci_region_of(int country_code, char region[4]) {
    std::string code;
    library().GetRegionCodeForCountryCode(country_code, &code);
    std::snprintf(region, 4, "%s", code.c_str());
}

bool ci_read_phone(const uint8_t *text, size_t length, const char *region, ci_phone *phone) {
    PhoneNumber number;
    if (library().Parse(string_of(text, length), region, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return false;
    if (!library().IsPossibleNumber(number)) return false;
    std::string national;
    library().GetNationalSignificantNumber(number, &national);
    return copy(national, phone->national, sizeof phone->national)
        && copy(std::to_string(number.country_code()) + national, phone->number, sizeof phone->number);
}

bool ci_is_assigned(const uint8_t *digits, size_t length) {
    PhoneNumber number;
    return library().Parse("+" + string_of(digits, length), "ZZ", &number) == PhoneNumberUtil::NO_PARSING_ERROR
        && library().IsValidNumber(number);
}

void ci_phone_version(char version[64]) {
    Fingerprint fingerprint;
    for (const std::string &region : regions_known()) {
        int code = library().GetCountryCodeForRegion(region);
        std::string prefix;
        library().GetNddPrefixForRegion(region, false, &prefix);
        fingerprint.add(region + ' ' + std::to_string(code) + ' ' + prefix);
        uint64_t national = 0;
        for (int count = 1; count <= 17; count++) {
            national = national * 10 + 2;
            PhoneNumber number;
            number.set_country_code(code);
            number.set_national_number(national);
            fingerprint.add(std::to_string(library().IsPossibleNumberWithReason(number)));
        }
    }
    std::string file = file_version().substr(0, 32);
    std::snprintf(version, 64, "%s (%016llx)", file.c_str(), static_cast<unsigned long long>(fingerprint.value));
}
