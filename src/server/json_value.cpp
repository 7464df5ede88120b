#include "server/json_value.hpp"

#include <boost/json.hpp>

#include "base/json_text.hpp"

namespace quantum::server {

void append_value(std::string& out, const boost::json::value& value) {
    if (const auto* const object = value.if_object()) {
        append_value(out, *object);
    } else if (const auto* const array = value.if_array()) {
        base::JsonArray elements(out);
        for (const boost::json::value& element : *array) {
            elements.element();
            append_value(out, element);
        }
        elements.end();
    } else if (const auto* const text = value.if_string()) {
        base::append_json_text(out, {text->data(), text->size()});
    } else {
        out += boost::json::serialize(value);
    }
}

void append_value(std::string& out, const boost::json::object& object) {
    base::JsonObject members(out);
    for (const auto& [key, value] : object) {
        members.key({key.data(), key.size()});
        append_value(out, value);
    }
    members.end();
}

}  // namespace quantum::server
