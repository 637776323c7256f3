-- The requests of one load, for wrk:
--   wrk -s loads.lua … URL -- LOAD CLUSTERS FIRST MERGEABLE PAIRS SEED
-- CLUSTERS: how many the table has; FIRST: the first number of an identity that is not in it yet; MERGEABLE: the
-- first of the primaries that database.py put there to be merged, and PAIRS: how many pairs of them there are.

local clusters, first, fresh, mergeable, pairs
local merged = 0

-- As in database.py. fmod, because % is not exact for numbers that large.
local function email(n)
  return string.format('"c%d@hillvalley.example"', math.fmod(n * 531441, 1000000007))
end

local function phone(n)
  return string.format('"%d"', 15000000000 + math.fmod(n * 279936, 1000000007))
end

local function post(email, phone)
  local body = '{"email":' .. email .. ',"phoneNumber":' .. phone .. '}'
  return "POST /identify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
    .. #body .. "\r\n\r\n" .. body
end

-- A cluster, and a new identity.
local function any()
  return math.random(0, clusters - 1)
end

local function take()
  fresh = fresh + 1
  return fresh - 1
end

local function merge(pair)
  return post(email(mergeable + 2 * pair), phone(mergeable + 2 * pair + 1))
end

-- One of the clusters of a size: where they are in each 5,000, as in database.py.
local function sized(from, to, step)
  return function()
    local block = math.random(0, math.floor(clusters / 5000) - 1)
    local n = 5000 * block + from + step * math.random(0, (to - from) / step)
    return post(email(n), phone(n))
  end
end

local loads = {
  live = function() return "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n" end,

  known = function()
    local n = any()
    return post(email(n), phone(n))
  end,
  ["known-email"] = function() return post(email(any()), "null") end,
  ["known-phone"] = function() return post("null", phone(any())) end,
  ["cluster-1"] = sized(0, 599, 1),
  ["cluster-10"] = sized(995, 998, 1),
  ["cluster-100"] = sized(999, 3999, 1000),
  ["cluster-1000"] = sized(4999, 4999, 1),

  new = function()
    local n = take()
    return post(email(n), phone(n))
  end,
  linked = function() return post(email(take()), phone(any())) end,
  -- Customers who came one after the other; those that are merged at the same time did so, too.
  merged = function()
    merged = merged + 1
    return merge(merged)
  end,
  -- The same, but what is merged at the same time came at different times. (7,919 is a prime number.)
  ["merged-apart"] = function()
    merged = merged + 1
    return merge(math.fmod(merged * 7919, pairs))
  end,

  -- Half of the requests bring something new to one of ten identities; other ten after a thousand requests.
  hot = function()
    local n = take()
    local place = (n - first) % 1000
    local identity = n - place + math.random(0, 9)
    local brings = place >= 10 and math.random() < 0.5
    return post(email(brings and n or identity), phone(identity))
  end,
  -- Each new identity comes 32 times.
  same = function()
    local n = first + math.floor((take() - first) / 32)
    return post(email(n), phone(n))
  end,
}

-- mix-90-5-4-1: percentages of known, new, linked and merged.
local function mix(name)
  local parts, limits, sum = { loads.known, loads.new, loads.linked, loads.merged }, {}, 0
  for share in name:gmatch("%d+") do
    sum = sum + tonumber(share)
    table.insert(limits, sum)
  end
  return function()
    local drawn = math.random(0, 99)
    for i, limit in ipairs(limits) do
      if drawn < limit then return parts[i]() end
    end
  end
end

function init(arguments)
  local load = arguments[1]
  clusters, first, mergeable = tonumber(arguments[2]), tonumber(arguments[3]), tonumber(arguments[4])
  pairs = tonumber(arguments[5])
  fresh = first
  math.randomseed(tonumber(arguments[6]))
  request = loads[load] or mix(load)
end

-- In microseconds. Every answer but 2xx and 3xx is an error, and so is none at all.
function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"duration":%d,"errors":%d,"p50":%d,"p99":%d,"slowest":%d}',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
