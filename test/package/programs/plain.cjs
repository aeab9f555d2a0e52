/** Has all that can be imported by `require`, which some test runners are confined to. */
const { Taskport } = require('taskport/client');
const { consume } = require('taskport/events');

const taskport = new Taskport({ url: process.env.TASKPORT_URL });
taskport.health().then(({ status }) => console.log(status, typeof consume));
