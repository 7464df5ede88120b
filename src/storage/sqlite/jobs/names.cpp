#include "storage/sqlite/jobs/names.hpp"

#include <functional>

namespace quantum::sqlite {

std::string_view KnownNames::text_of(std::size_t index) const {
    const std::size_t begin = names_[index].begin;
    const std::size_t end = index + 1 < names_.size() ? names_[index + 1].begin : texts_.size();
    return std::string_view(texts_).substr(begin, end - begin);
}

// Where it is, or where it is to be.
std::size_t KnownNames::place_of(std::string_view name) const {
    const std::size_t mask = places_.size() - 1;
    std::size_t place = std::hash<std::string_view>{}(name)&mask;
    while (places_[place] != 0 && text_of(places_[place] - 1) != name) place = (place + 1) & mask;
    return place;
}

std::int64_t KnownNames::find(std::string_view name) const {
    if (places_.empty()) return -1;
    const std::uint32_t index = places_[place_of(name)];
    return index == 0 ? -1 : names_[index - 1].number;
}

void KnownNames::add(std::string_view name, std::int64_t number) {
    if (names_.size() * 2 >= places_.size()) make_room();
    names_.push_back({texts_.size(), number});
    texts_ += name;
    places_[place_of(name)] = static_cast<std::uint32_t>(names_.size());
}

void KnownNames::make_room() {
    places_.assign(places_.empty() ? 64 : places_.size() * 2, 0);
    for (std::size_t index = 0; index < names_.size(); ++index) {
        places_[place_of(text_of(index))] = static_cast<std::uint32_t>(index + 1);
    }
}

void KnownNames::clear() { *this = KnownNames(); }

Names::Names(Database& database)
    : database_(database),
      find_(database.prepare("SELECT id FROM name WHERE text = ?1")),
      add_(database.prepare("INSERT INTO name(text) VALUES (?1)")) {}

std::int64_t Names::number_once(const std::string& name) {
    find_.bind(1, name);
    if (find_.step()) {
        const std::int64_t id = find_.integer(0);
        find_.reset();
        return id;
    }
    add_.bind(1, name).run();
    return sqlite3_last_insert_rowid(database_.handle());
}

std::int64_t Names::number(const std::string& name) {
    if (const std::int64_t known = known_.find(name); known >= 0) return known;
    const std::int64_t id = number_once(name);
    if (known_.size() >= most_known) known_.clear();
    known_.add(name, id);
    return id;
}

}  // namespace quantum::sqlite
