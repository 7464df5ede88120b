#include "config/job_file.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "config/job_table.hpp"
#include "config/toml_reader.hpp"

namespace quantum::config {
namespace {

constexpr std::array<std::string_view, 2> file_keys{"defaults", "jobs"};

/// The two tables of a file; null where there is none, or what stands there is no table.
struct FileTables {
    const toml::table* defaults = nullptr;
    const toml::table* jobs = nullptr;
};

FileTables read_file_keys(TomlReader& reader, const toml::table& document) {
    FileTables tables;
    for (const Setting& setting : TomlReader::settings(document)) {
        if (setting.key == "defaults") {
            tables.defaults = reader.table(setting);
        } else if (setting.key == "jobs" && setting.value->is_table()) {
            tables.jobs = setting.value->as_table();
        } else if (setting.key == "jobs") {
            reader.refuse(setting, R"(each job is a table with its name: [jobs."name"])");
        } else if (setting.value->is_table()) {
            reader.unknown(setting, "a job file", file_keys);
        } else {
            reader.refuse_key(setting, "'" + printable(setting.key) +
                                           "' stands outside of [defaults] and of every "
                                           R"([jobs."name"])");
        }
    }
    return tables;
}

}  // namespace

bool is_job_file(std::string_view path) { return path.ends_with(".toml"); }

JobFile parse_job_file(std::string_view text, const JobFileOptions& options) {
    JobFile file;
    TomlReader reader(text);
    toml::table document;
    try {
        document = toml::parse(text);
    } catch (const toml::parse_error& error) {
        reader.refuse_document(error);
        file.diagnostics = reader.take_diagnostics();
        return file;
    }
    const FileTables tables = read_file_keys(reader, document);
    SettingTable defaults;
    if (tables.defaults != nullptr) defaults = known_settings(reader, *tables.defaults, true);
    const std::vector<Setting> jobs =
        tables.jobs == nullptr ? std::vector<Setting>() : TomlReader::settings(*tables.jobs);
    JobTable table(reader, options, defaults);
    for (const Setting& name : jobs) {
        const toml::table* const own = reader.table(name);
        if (own == nullptr) continue;
        const Diagnostic place = reader.at(name.key_place);
        Job job = table.read(name, known_settings(reader, *own, false));
        file.entries.push_back({place.line, place.column, place.length, std::move(job)});
    }
    file.diagnostics = reader.take_diagnostics();
    return file;
}

}  // namespace quantum::config
