// Sign-up: preselect the browser's time zone, if it is in the list.
"use strict";
{
  const list = document.getElementById("id_time_zone");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!list.value && [...list.options].some(option => option.value === here)) list.value = here;
}
