#include "config/job_file.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "config/job_keys.hpp"
#include "config/job_reader.hpp"
#include "config/job_settings.hpp"
#include "config/toml_depth.hpp"
#include "config/toml_reader.hpp"

namespace quantum::config {
namespace {

/// The two tables of a file; null where there is none, or what stands there is no table.
struct FileTables {
    const toml::table* defaults = nullptr;
    const toml::table* jobs = nullptr;
    std::size_t unknown = 0;  ///< tables that concern no job
};

void read_tag_limits(TomlReader& reader, const TomlSetting& setting, CommonSettings& common) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    const toml::table* const table = reader.table(setting);
    if (table == nullptr) return;
    for (const TomlSetting& tag : TomlReader::settings(*table)) {
        if (const auto limit = reader.integer(tag, 1, most)) {
            common.tag_concurrency.insert_or_assign(std::string(tag.key),
                                                    static_cast<std::size_t>(*limit));
        }
    }
}

FileTables read_file_keys(TomlReader& reader, const toml::table& document, CommonSettings& common) {
    FileTables tables;
    for (const TomlSetting& setting : TomlReader::settings(document)) {
        if (setting.key == "allow_run_as") {
            common.allow_run_as = reader.texts(setting).value_or(common.allow_run_as);
        } else if (setting.key == "allow_run_as_group") {
            common.allow_run_as_group = reader.texts(setting).value_or(common.allow_run_as_group);
        } else if (setting.key == "tag_concurrency") {
            read_tag_limits(reader, setting, common);
        } else if (setting.key == "defaults") {
            tables.defaults = reader.table(setting);
        } else if (setting.key == "jobs" && setting.value->is_table()) {
            tables.jobs = setting.value->as_table();
        } else if (setting.key == "jobs") {
            reader.refuse(setting, R"(each job must be a table with its name: [jobs."name"])");
        } else if (setting.value->is_table()) {
            reader.unknown(setting, "a job file", file_keys);
            ++tables.unknown;
        } else {
            reader.refuse_key(setting, in_quotes(setting.key) +
                                           " is outside of [defaults] and of every "
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
    if (const auto place = find_too_deep(text)) {
        file.diagnostics.push_back({Severity::error, place->line, place->column, 1,
                                    "tables, dotted keys and lists are nested more than " +
                                        std::to_string(deepest_toml) + " levels deep here"});
        return file;
    }
    try {
        document = toml::parse(text);
    } catch (const toml::parse_error& error) {
        reader.refuse_document(error);
        file.diagnostics = reader.take_diagnostics();
        return file;
    }
    const FileTables tables = read_file_keys(reader, document, file.common);
    JobFileOptions with_rights = options;
    with_rights.allow_run_as.insert(with_rights.allow_run_as.end(),
                                    file.common.allow_run_as.begin(),
                                    file.common.allow_run_as.end());
    with_rights.allow_run_as_group = file.common.allow_run_as_group;
    TomlSettingTable defaults;
    if (tables.defaults != nullptr) defaults = known_settings(reader, *tables.defaults, true);
    // Without what was said of all of them none is as its author wants it.
    const bool all_good = reader.errors() == tables.unknown;
    const std::vector<TomlSetting> jobs =
        tables.jobs == nullptr ? std::vector<TomlSetting>() : TomlReader::settings(*tables.jobs);
    for (const TomlSetting& name : jobs) {
        const toml::table* const own = reader.table(name);
        if (own == nullptr) continue;
        const Diagnostic place = reader.at(name.key_place);
        const std::size_t errors = reader.errors();
        const TomlSettingTable settings = known_settings(reader, *own, false);
        Job job = JobReader({reader, with_rights, {settings, defaults}}).read(name);
        file.entries.push_back({place.line, place.column, place.length, std::move(job),
                                all_good && reader.errors() == errors});
    }
    file.diagnostics = reader.take_diagnostics();
    return file;
}

}  // namespace quantum::config
