// Sign-up: preselect the browser's time zone, by the name under which it is in the list.
"use strict";
{
  const list = document.getElementById("id_time_zone");
  const named = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const here = JSON.parse(list.dataset.aliases)[named] || named;
  if (!list.value && [...list.options].some(option => option.value === here)) list.value = here;
}
